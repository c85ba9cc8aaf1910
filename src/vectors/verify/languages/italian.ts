import { defineLanguage } from "./language.ts";

export const italian = defineLanguage({
  code: "it",
  fillers: `il lo la i gli le l un uno una di del della dei delle degli dell d a al alla ai alle da dal dalla in nel
    nella con per e che come cosa qual quale quali si mi ti ci mio mia miei mie tuo tua suo sua nostro è sono sei essere
    era ha hanno ho posso può puoi potrei devo deve voglio vorrei fare faccio se quando ciao grazie favore dire dirmi
    spiegare sapere su sul c`,
  phrases: `puoi dirmi | può dirmi | potresti dirmi | potrebbe dirmi | mi puoi dire | vorrei sapere | per favore =
    qual è il modo migliore per | qual è il modo di | c è un modo per | come si fa a | come faccio a = come
    quanto costa | quanto costano | qual è il prezzo di | qual è il prezzo del | qual è il prezzo della = prezzo
    a che ora | in che data | che giorno = quando
    per quale motivo | come mai = perché
    dov è | dove si trova | dove sono = dove
    qual è | cos è | che cos è | quali sono =`,
  synonyms: `cancellare eliminare rimuovere
    prezzo costo tariffa
    comprare acquistare
    cambiare modificare
    macchina auto automobile
    cellulare telefono
    medico dottore
    azienda società
    iniziare cominciare
    riparare aggiustare`,
  opposites: `installare disinstallare
    comprare vendere
    aprire chiudere
    accettare rifiutare
    con senza`,
  negations: "non mai nessun nessuno nessuna niente nulla senza né",
  questions: "chi quando dove quanto quanti quante perché",
  openWords: "come cosa qual quale quali",
  auxiliaries: "posso può è sono devo ha",
  greetings: "ciao",
  numbers: `due=2 tre=3 quattro=4 cinque=5 sei=6 sette=7 otto=8 nove=9 dieci=10 venti=20 cento=100 mille=1000`,
  months: "",
  exclusive: "mio mia miei mie | tuo tua | suo sua",
  roles: "da=from dal=from dalla=from a=to al=to alla=to in=to che=than di=than",
  decimalSign: ",",
  capitalsAreNames: true,
  lemma: (word) => (word.length < 5 ? word : word.replace(/(?:are|ere|ire|o)$/, "")),
});
