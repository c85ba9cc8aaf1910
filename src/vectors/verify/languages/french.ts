import { defineLanguage } from "./language.ts";

export const french = defineLanguage({
  code: "fr",
  fillers: `le la les l un une des du de d au aux à a en dans sur pour par avec que qu ne n je j me m mon ma mes nous
    notre nos vous votre vos tu te ton ta tes il elle ils elles on se s son sa ses leur leurs ce cet cette ces c ça
    est sont suis es être été était étaient sera ai as avons avez ont avoir peux peut pouvez puis pourrais pourriez
    dois doit faut faire fais voudrais veux veut souhaite aimerais comment quel quelle quels quelles quoi qui est et si
    quand y bonjour merci svp plaît dire expliquer savoir donner vers`,
  phrases: `pouvez vous me dire | peux tu me dire | pourriez vous me dire | dites moi | j aimerais savoir =
    je voudrais savoir | pouvez vous m expliquer | savez vous | s il vous plaît | s il te plaît =
    est ce que | qu est ce que | c est quoi = quoi
    quelle est la meilleure façon de | quel est le moyen de | comment faire pour | y a t il un moyen de = comment
    combien coûte | combien coûtent | quel est le prix de | quel est le prix d | quel est le tarif de = prix
    quel est le prix du | quel est le prix des = prix
    à quelle heure | à quelle date | quel jour = heure
    pour quelle raison | pourquoi est ce que = pourquoi
    mot de passe | mots de passe = motdepasse`,
  synonyms: `supprimer effacer enlever
    prix coût tarif coûter
    acheter achat
    changer modifier
    réinitialiser réinitialisation
    réparer dépanner
    voiture auto
    médecin docteur
    entreprise société
    commencer débuter
    arrêter stopper
    train trains
    vol vols`,
  opposites: `approuver refuser
    acheter vendre
    activer désactiver
    ouvrir fermer
    avant après`,
  negations: "pas jamais aucun aucune rien personne sans ni plus",
  questions: "pourquoi où combien quand qui",
  openWords: "comment quel quelle quels quelles quoi",
  auxiliaries: "est sont peux peut puis pouvez dois doit faut",
  greetings: "bonjour",
  numbers: `deux=2 trois=3 quatre=4 cinq=5 six=6 sept=7 huit=8 neuf=9 dix=10 vingt=20 cent=100 mille=1000`,
  months: "",
  exclusive: "mon ma mes je | ton ta tes tu votre vos | son sa ses",
  roles: "de=from d=from depuis=from à=to vers=to en=to que=than par=by",
  decimalSign: ",",
  capitalsAreNames: true,
  lemma: (word) =>
    word.length < 5 ? word : word.replace(/[sx]$/, "").replace(/(?:er|ez|ée|é|e)$/, ""),
});
