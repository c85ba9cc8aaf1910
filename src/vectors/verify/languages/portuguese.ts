import { defineLanguage } from "./language.ts";

export const portuguese = defineLanguage({
  code: "pt",
  fillers: `o a os as um uma uns umas de do da dos das em no na nos nas ao à aos com por para pelo pela e que como qual
    quais se me te lhe meu minha meus minhas teu tua seu sua seus suas nosso nossa eu você vocês é são sou está estão ser
    foi há tem ter posso pode podem podes poderia devo deve quero queria gostaria fazer faço se olá oi obrigado obrigada
    favor dizer explicar saber desde até`,
  phrases: `você pode me dizer | pode me dizer | podes dizer me | poderia me dizer | gostaria de saber | quero saber =
    por favor | você sabe | me diga | pode explicar | eu gostaria de =
    qual é a melhor forma de | qual é a maneira de | existe uma maneira de | como faço para | como fazer para = como
    quanto custa | quanto custam | qual é o preço de | qual o preço de | qual é o preço do | qual é o preço da = preço
    qual é o preço de um | qual o preço do = preço
    a que horas | em que data | que dia = quando
    por que motivo | por que razão | por quê = porque
    onde fica | onde está | onde se encontra = onde
    qual é | o que é | quais são =`,
  synonyms: `apagar excluir eliminar remover deletar
    preço custo tarifa
    comprar adquirir
    alterar mudar trocar modificar
    carro automóvel
    celular telemóvel telefone
    passagem bilhete
    empresa companhia
    começar iniciar
    consertar reparar arrumar
    médico doutor`,
  opposites: `comprar vender
    ativar desativar
    abrir fechar
    aprovar rejeitar
    antes depois`,
  negations: "não nunca jamais nenhum nenhuma ninguém nada sem nem",
  questions: "quem quando onde quanto quantos quantas porque",
  openWords: "como qual quais que",
  auxiliaries: "posso pode é são devo há tem",
  greetings: "olá oi",
  numbers: `dois=2 duas=2 três=3 quatro=4 cinco=5 seis=6 sete=7 oito=8 nove=9 dez=10 vinte=20 cem=100 mil=1000`,
  months: "",
  exclusive: `meu minha meus minhas eu | seu sua seus suas você
    foi ganhou | vai vão`,
  roles: "de=from do=from da=from desde=from para=to até=to a=to que=than por=by pelo=by",
  decimalSign: ",",
  capitalsAreNames: true,
  lemma: (word) =>
    word.length < 5 ? word : word.replace(/s$/, "").replace(/(?:ar|er|ir|am|em|o)$/, ""),
});
