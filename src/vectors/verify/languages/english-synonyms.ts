/** A line is one meaning. Only words that ask for the same answer stand together; antonyms never do. */
export const ENGLISH_SYNONYMS = `
  buy purchase
  fix repair mend solve resolve troubleshoot resolution
  cost price fee charge pricing rate expense
  price amount cost
  amount number count quantity total
  duration length time long last
  frequency often frequently
  distance far
  age old
  where location place located find
  when date time day
  why reason cause
  who person
  country nation
  cancel cancellation terminate end unsubscribe
  delete remove erase removal deletion uninstall
  deactivate disable turnoff inactivate
  activate enable turnon
  change modify alter edit update adjust amend
  change switch swap
  reset recover restore
  make create build produce generate creation construct
  make prepare cook
  make cause
  start begin launch commence initiate
  stop prevent avoid block
  begin start
  install setup installation configure
  configure configuration setup set
  return refund
  refund reimburse reimbursement reimbursed repayment
  ship deliver delivery shipping shipment send
  send mail dispatch
  order purchase
  book reserve reservation booking
  phone cellphone smartphone mobile telephone
  contact reach call
  call phone ring telephone
  support assistance help service
  car vehicle auto automobile
  house home
  flat apartment
  doctor physician gp
  medicine medication drug med
  sick ill unwell
  illness disease sickness
  pregnant pregnancy expecting
  child kid
  baby infant newborn
  job position role
  job work employment
  employee worker staff
  company business firm organisation corporation
  salary pay wage
  pay payment paid
  boss manager supervisor
  fire dismiss terminate dismissal
  quit resign resignation leave
  hire recruit employ
  holiday vacation leave pto
  contract agreement
  lawyer attorney solicitor
  law legislation statute
  legal lawful allowed permitted
  allowed permitted permit allow
  required necessary mandatory compulsory require requirement obligatory
  landlord lessor
  tenant renter lessee
  rent lease
  apply application
  register registration enroll enrol enrolment signup
  renew renewal extend
  renew replace
  upgrade update
  big large huge
  small little tiny
  fast quick rapid speedy
  faster quicker
  fastest quickest
  cheap inexpensive affordable low-cost
  cheaper inexpensive
  cheapest affordable
  expensive costly pricey
  best top great good ideal recommended
  below under
  above over
  usual typical normal common
  inform notify
  attempt try
  select choose pick
  entire whole complete full
  occur happen
  purpose aim goal
  answer reply respond response
  ask request
  argue dispute contest appeal
  consequence result outcome
  method technique approach
  obligation duty
  regulation rule
  certificate certification
`;
