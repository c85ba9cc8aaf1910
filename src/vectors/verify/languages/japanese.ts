import { defineLanguage } from "./language.ts";

export const japanese = defineLanguage({
  code: "ja",
  fillers:
    "は が を の に で と も か です ます する し した 方法 教え て ください 下さい どう すれ ば いい たい には とは 私 何",
  phrases: "",
  synonyms: `削除 消去
    変更 変える
    値段 価格 料金
    購入 買う`,
  opposites: `開く 閉じる
    購入 販売`,
  negations: "ない ません ん ず なかっ なく なし",
  questions: "誰 いつ どこ なぜ いくら いくつ",
  openWords: "どう 何 方法",
  auxiliaries: "",
  greetings: "",
  numbers: "",
  months: "",
  exclusive: "",
  roles: "から=from まで=to へ=to より=than が=subject を=object",
  rolesFollow: true,
  decimalSign: ".",
  capitalsAreNames: false,
  lemma: (word) => word,
});
