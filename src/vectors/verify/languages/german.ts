import { defineLanguage } from "./language.ts";

/** Nouns have capitals, so a capital says nothing. */
export const german = defineLanguage({
  code: "de",
  fillers: `der die das den dem des ein eine einen einem einer eines ich mich mir mein meine meinen meinem meiner
    wir uns unser unsere unseren du dich dir dein deine deinen man sie ihr ihre ihren ihnen er es ihm ihn sich ist
    sind bin bist war waren wird werden wurde wurden hat haben habe hatte kann kannst können könnte könnten soll
    sollte muss darf dürfen möchte möchten will wollen in im an am auf zu zum zur für mit bei von vom nach durch
    als um und denn dass wenn falls wie was welche welcher welches welchen gibt bitte danke hallo guten tag gerne mal
    doch eigentlich genau wissen sagen erklären zeigen geben`,
  phrases: `können sie mir sagen | kannst du mir sagen | könnten sie mir sagen | sagen sie mir =
    können sie mir bitte sagen | kannst du mir bitte sagen | könnten sie mir bitte sagen =
    können sie mir erklären | ich möchte wissen | ich würde gern wissen | wissen sie | weißt du =
    was ist der beste weg | wie geht man vor | gibt es eine möglichkeit | welche schritte sind nötig = wie
    wie viel kostet | wieviel kostet | was kostet | wie teuer ist = preis
    wie hoch ist der preis von | was ist der preis von | was ist der preis für = preis
    um wie viel uhr | um wieviel uhr | zu welcher uhrzeit | an welchem tag = wann
    aus welchem grund | wieso | weshalb = warum
    an welchem ort | in welcher stadt = wo`,
  synonyms: `kosten preis gebühr
    löschen entfernen
    kaufen erwerben
    auto wagen pkw
    handy smartphone mobiltelefon
    wohnung apartment
    arzt doktor
    kündigen kündigung
    ändern wechseln
    reparieren beheben
    starten beginnen anfangen
    beenden stoppen
    fahren fahrt
    groß hoch
    schnell rasch
    rechnung faktura
    urlaub ferien
    arbeitgeber firma unternehmen
    öffnen aufmachen
    erlaubt gestattet zulässig`,
  opposites: `ein aus
    kaufen verkaufen
    kündigen verlängern
    öffnen schließen
    genehmigen ablehnen
    erhöhen senken
    vor nach`,
  negations: `nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder`,
  questions: "wer wen wem wann wo warum wohin woher",
  openWords: "wie was welche welcher welches welchen",
  auxiliaries: `ist sind kann kannst können darf dürfen muss soll sollte hat haben wird werden gibt`,
  greetings: "hallo bitte guten tag",
  numbers: `null=0 zwei=2 drei=3 vier=4 fünf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwölf=12 zwanzig=20 hundert=100 tausend=1000`,
  months: `januar=1 februar=2 märz=3 april=4 mai=5 juni=6 juli=7 august=8 september=9 oktober=10 november=11 dezember=12`,
  exclusive: `mein meine meinen meinem meiner | dein deine deinen | ihr ihre ihren
    war waren wurde wurden | wird werden`,
  roles: "von=from aus=from nach=to zu=to zum=to zur=to in=to als=than durch=by",
  particles: "zurück ab an auf aus ein mit vor um her hin los weg zusammen",
  decimalSign: ",",
  capitalsAreNames: false,
  lemma: (word) => (word.length < 5 ? word : word.replace(/(?:en|er|em|es|e|n|st|t)$/, "")),
});
