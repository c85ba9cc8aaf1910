import { defineLanguage } from "./language.ts";

export const spanish = defineLanguage({
  code: "es",
  fillers: `el la los las un una unos unas de del al a en con por para y que qué cómo cuál cuáles se me te lo le les
    mi mis tu tus su sus nuestro nuestra nos yo tú usted es son soy está están ser estar fue hay ha han he puedo puede
    pueden puedes podría podrías debo debe tengo quiero quisiera hacer hago si cuando hola gracias favor decir decirme
    explicar saber desde hasta`,
  phrases: `me puedes decir | me puede decir | puedes decirme | puede decirme | podrías decirme | podría decirme =
    quiero saber | me gustaría saber | quisiera saber | por favor | dime | sabes | puedes explicar | necesito =
    cuál es la mejor manera de | cuál es la forma de | hay alguna manera de | qué debo hacer para = cómo
    cuánto cuesta | cuánto cuestan | cuánto vale | cuál es el precio de | cuál es el precio del | qué precio tiene = precio
    a qué hora | en qué fecha | qué día = cuándo
    por qué razón | por qué motivo | por qué = porqué
    en qué lugar | dónde está | dónde se encuentra = dónde
    cuál es | qué es | cuáles son =`,
  synonyms: `borrar eliminar quitar
    precio coste costo tarifa
    comprar adquirir
    cambiar modificar
    billete boleto pasaje
    coche carro auto
    móvil celular teléfono
    ordenador computadora
    empresa compañía
    empezar comenzar iniciar
    terminar acabar
    arreglar reparar`,
  opposites: `activar desactivar
    comprar vender
    abrir cerrar
    aprobar rechazar
    antes después`,
  negations: "no nunca jamás ningún ninguna nadie nada sin ni tampoco",
  questions: "quién quiénes cuándo dónde cuánto cuántos cuántas porqué",
  openWords: "cómo qué cuál cuáles",
  auxiliaries: "puedo puede es son hay debo tengo está",
  greetings: "hola",
  numbers: `dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10 veinte=20 cien=100 mil=1000`,
  months: "",
  exclusive: "mi mis yo | tu tus | su sus",
  roles: "de=from desde=from a=to hasta=to para=to que=than por=by",
  decimalSign: ",",
  capitalsAreNames: true,
  lemma: (word) =>
    word.length < 5 ? word : word.replace(/s$/, "").replace(/(?:ar|er|ir|an|en|o)$/, ""),
});
