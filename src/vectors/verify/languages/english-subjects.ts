/** More lines of synonyms: words of one subject each, from computers to kitchens, and units. */
export const ENGLISH_SUBJECTS = `
  main primary principal chief
  important significant essential key crucial
  difference differ different distinction distinguish differentiate
  difference compare comparison
  similar alike
  advantage benefit pro upside
  disadvantage drawback con downside
  problem issue trouble
  error exception failure fault
  fail failure crash
  broken damaged defective faulty
  lost misplaced missing
  stolen theft
  forget forgotten remember
  meaning mean definition define
  function work operate
  use utilise usage
  example sample instance
  list enumerate
  convert transform conversion turn change
  translate translation
  calculate compute calculation work determine
  determine find check
  check verify see view
  check test
  reverse invert
  merge combine join
  split divide
  file document
  folder directory
  picture photo image photograph
  movie film
  screen display monitor
  computer pc
  laptop notebook
  website site
  app application
  program application software
  internet web
  wifi wireless
  connect connection link
  link url
  account profile
  password passcode
  email mail
  invoice bill
  bill charge
  discount coupon voucher promo
  customer client
  store shop
  item product article
  parcel package
  track trace follow tracking
  late delayed delay
  delay postpone
  flight fly plane
  plane airplane aircraft
  train rail railway
  luggage baggage bag
  hotel accommodation
  travel go journey trip
  trip journey
  visit see
  visit travel
  tourist visitor traveller
  nearest closest
  near close nearby
  city town
  downtown centre city
  loan credit
  invest investment
  stock share equity
  save saving
  earn make
  tax taxation
  deduct deduction deductible
  withdraw withdrawal
  transfer send move wire
  exchange swap change
  insurance cover coverage insured insure
  claim file
  eat consume
  drink beverage
  dish recipe meal
  food meal
  replace substitute replacement substitution alternative instead
  bake cook
  boil cook
  refrigerator fridge
  oven stove
  kitchen cooking
  dose dosage amount
  symptom sign
  treat treatment therapy cure remedy
  pain ache hurt
  safe safely harmless
  danger dangerous risky unsafe hazardous harmful risk
  effect affect impact influence
  reduce lower decrease cut
  increase raise boost improve
  increase grow growth
  improve better enhance
  grow cultivate
  kill destroy
  restart reboot
  deploy deployment rollout
  kubernetes k8s
  javascript js
  typescript ts
  python py
  postgres postgresql
  database db
  container docker
  repository repo
  function method
  variable var
  parameter argument
  string text
  array list
  dictionary map dict
  integer int
  directory dir
  environment env
  configuration config
  administrator admin
  information info detail
  specification spec
  maximum max limit
  minimum min
  maximum highest biggest largest most
  minimum lowest smallest
  biggest largest
  smallest littlest
  tallest highest
  oldest earliest
  average mean
  previous prior last
  next following upcoming
  current present
  final last
  undo revert rollback
  commit change
  rename name
  copy duplicate clone
  move relocate
  upload send
  show display view see
  hide conceal
  open unlock
  lock secure
  close shut
  allow let enable permit
  forbid prohibit ban
  explain explanation
  summarise summary summarize
  shorten abbreviate
  rewrite rephrase reword paraphrase
  mistake error
  correct fix
  correct right
  learn study
  teach train
  school education
  university college
  player gamer
  defeat beat kill
  level stage
  character hero
  invent invention inventor
  invent create
  discover discovery find
  write author written
  author writer
  found establish founder founded
  president leader
  acquire buy purchase acquisition takeover
  own possess owner
  win winner victory
  die death
  born birth
  build construct built
  mountain peak
  inhabitant population resident people
  population inhabitants
  speak language
  usa america us american
  uk britain british england
  nyc ny
  eu europe european
  gram g
  kilogram kg kilo
  pound lb
  mile mi
  kilometer km
  meter m
  centimeter cm
  inch in
  liter l
  milliliter ml
  gallon gal
  ounce oz
  celsius c centigrade
  fahrenheit f
  euro eur €
  dollar usd $ buck
  pound gbp £
  yen jpy ¥
  hour hr h
  second sec
  week wk
  megabyte mb
  gigabyte gb
  terabyte tb
  tablespoon tbsp
  teaspoon tsp
  daily day
  weekly week
  monthly month
  yearly annual annually year
  permanent permanently forever
  temporary temporarily
  instantly immediately
  gift present
  warranty guarantee
  address residence
  arrive get reach
  leave depart
  mandatory must
  sofa couch
  yoghurt yogurt
  rubbish garbage trash waste
  petrol gas gasoline
  lift elevator
  autumn fall
  trousers pants
  lorry truck
  tap faucet
  queue line
  football soccer
  spanner wrench
  torch flashlight
  pavement sidewalk
  biscuit cookie
  crisp chip
  aubergine eggplant
  courgette zucchini
  coriander cilantro
  nappy diaper
  pharmacy chemist drugstore
  aeroplane airplane
  curriculum cv resume
  minute min
  foot ft
  evaluate assess
  gather collect
  demonstrate show
  remain stay
  finish complete
  submit send
  bug defect
  webpage page
  sum total
  intelligent smart clever
  difficult hard tough
  easy simple
  quiet silent
  correct accurate
  usual normal
  recent late
  approximate rough
  exam test
  homework assignment
  grade mark
  income earning
  deadline due
  meeting appointment
  schedule timetable
  vaccine vaccination jab
  surgery operation
  barbecue grill bbq
  defrost thaw
  suitcase luggage
  attraction sight
  pension retirement
  compile build
  release deploy
  command cmd
  terminal shell console
  row record
  column field
  loop iterate iteration
  element item
  empty blank
  tutorial guide walkthrough
`;
