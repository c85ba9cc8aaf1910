import { defineLanguage } from "./language.ts";

export const chinese = defineLanguage({
  code: "zh",
  fillers:
    "请 请问 的 了 呢 我 我的 你 您 如何 怎么 怎样 怎么样 什么 哪些 哪个 有 是 告诉 一下 想 想要 知道 在 问 要",
  phrases: `请 告诉 我 | 我 想 知道 =
    怎么 才能 | 怎样 才能 = 如何`,
  synonyms: `删除 移除
    修改 更改 改变
    购买 买
    价格 价钱 多少钱
    哪里 哪儿 地方`,
  opposites: `开启 关闭
    打开 关闭
    购买 出售
    买 卖`,
  negations: "不 没 没有 非 无 别 不能 不要 不会 未",
  questions: "谁 哪里 哪儿 为什么 多少 何时 几",
  openWords: "如何 怎么 怎样 怎么样 什么 哪些 哪个",
  auxiliaries: "",
  greetings: "",
  numbers: "二=2 两=2 三=3 四=4 五=5 六=6 七=7 八=8 九=9 十=10",
  months: "",
  exclusive: "",
  roles: "从=from 到=to 至=to 为=to 成=to 比=than 被=by",
  decimalSign: ".",
  capitalsAreNames: false,
  lemma: (word) => word,
});
