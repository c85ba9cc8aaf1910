import { englishLemma } from "./english-lemma.ts";
import { ENGLISH_PHRASES } from "./english-phrases.ts";
import { ENGLISH_SUBJECTS } from "./english-subjects.ts";
import { ENGLISH_SYNONYMS } from "./english-synonyms.ts";
import { defineLanguage } from "./language.ts";

export const english = defineLanguage({
  code: "en",
  fillers: `a an the this that these those it its there here of in on at for to and as by with from into onto
    about than s t ll re ve d m i me my mine myself we us our ours you your yours yourself he him his she her
    they them their someone somebody anyone anybody people one's person be am is are was were been being do
    does did doing done have has had having can could may might must shall should will would going gonna
    wanna how what which whose if whether when while then so but because just simply really actually
    exactly basically very quite please kindly hi hello hey dear thanks thank regards way ways want wants
    need needs like get getting got gets know tell explain describe show give me let help let's understand
    wondering wonder trying try tried able possible possibly currently now also too else some any such own
    something anything thing things etc ok okay via using through per each using kind
    don doesn didn isn aren wasn weren couldn wouldn shouldn hasn haven hadn won't ain guys required needed obtain`,
  phrases: ENGLISH_PHRASES,
  synonyms: ENGLISH_SYNONYMS + ENGLISH_SUBJECTS,
  opposites: `open close shut
    approve accept reject deny decline refuse
    enable disable activate deactivate on off
    increase decrease raise lower reduce
    buy sell purchase
    before after
    start stop begin end finish
    add remove delete create
    import export
    upload download
    encrypt decrypt
    import export
    push pull
    up down
    left right
    first last
    maximum minimum most least more less many few
    cheap expensive
    fast slow
    hot cold warm cool
    high low
    large small big little
    long short
    early late
    win lose won lost
    give take
    borrow lend
    send receive
    arrive depart leave
    hire fire
    buy rent
    input output
    internal external
    public private
    domestic international
    safe dangerous
    good bad best worst
    old new
    gain lose
    inside outside
    above below over under
    login logout
    turnon turnoff
    always never
    with without
    all none
    upper lower
    horizontal vertical
    encode decode
    ascend descend
    serialise deserialise
    legal illegal
    pass fail
    debit credit
    profit loss
    employee employer
    landlord tenant
    male female
    husband wife`,
  negations: "not no never none nobody nothing neither nor cannot t without unable nowhere hardly",
  questions: "who whom when where why",
  openWords: "how what which whose",
  auxiliaries: `is are am was were do does did can could may might must shall should will would has have
    isn aren don doesn didn`,
  greetings: "hi hello hey please so ok okay dear and but then",
  numbers: `zero=0 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12
    thirteen=13 fourteen=14 fifteen=15 sixteen=16 seventeen=17 eighteen=18 nineteen=19 twenty=20 thirty=30
    forty=40 fifty=50 sixty=60 seventy=70 eighty=80 ninety=90 hundred=100 thousand=1000 million=1000000
    billion=1000000000 dozen=12 couple=2 first=1 third=3 fourth=4 fifth=5 sixth=6 seventh=7 eighth=8
    ninth=9 tenth=10 twice=2 double=2`,
  months: `january=1 jan=1 february=2 feb=2 march=3 mar=3 april=4 apr=4 may=5 june=6 jun=6 july=7 jul=7
    august=8 aug=8 september=9 sept=9 sep=9 october=10 oct=10 november=11 nov=11 december=12 dec=12`,
  exclusive: `my mine i we our us | your yours | his he him | her hers she | their theirs they
    i | me
    was were did won lost bought sold went made came became | will shall
    was were | is are am`,
  roles: `from=from to=to into=to onto=to than=than by=by of=of in=at on=at at=at for=for with=with using=with
    via=with about=about
    is=subject are=subject was=subject were=subject be=subject been=subject do=agent does=agent did=agent can=agent could=agent
    may=agent might=agent must=agent shall=agent should=agent will=agent would=agent has=agent have=agent
    i=speaker we=speaker you=somebody he=somebody she=somebody it=somebody they=somebody
    if=clause whether=clause because=clause while=clause`,
  possessive: "s",
  decimalSign: ".",
  capitalsAreNames: true,
  capitals: "monday tuesday wednesday thursday friday saturday sunday",
  lemma: englishLemma,
});
