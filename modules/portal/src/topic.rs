//! What a citizen's trouble is about, and the plain steps that help: the pages 我遇到的事.

/// A topic of the help pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// 请不起律师.
    Aid,
    /// 劳动和工资.
    Labour,
    /// 婚姻家庭.
    Family,
    /// 土地和房子.
    Land,
    /// 借钱和货款.
    Debt,
    /// 受伤和事故.
    Accident,
    /// 买东西上当.
    Consumer,
    /// 邻里纠纷.
    Neighbour,
    /// 请人调解.
    Mediation,
    /// 公证和遗嘱.
    Notary,
    /// 企业的事.
    Enterprise,
    /// 村法律顾问.
    Adviser,
    /// 找工作站.
    Station,
    /// 被骗了、打电话问.
    Hotline,
}
store::text_column!(Topic {
    Aid = "aid",
    Labour = "labour",
    Family = "family",
    Land = "land",
    Debt = "debt",
    Accident = "accident",
    Consumer = "consumer",
    Neighbour = "neighbour",
    Mediation = "mediation",
    Notary = "notary",
    Enterprise = "enterprise",
    Adviser = "adviser",
    Station = "station",
    Hotline = "hotline",
});

/// A number to call besides the hotline, and what for.
pub(crate) type Call = (&'static str, &'static str);

impl Topic {
    /// The words on its tile.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Aid => "打官司没钱",
            Self::Labour => "工资和工伤",
            Self::Family => "婚姻家庭",
            Self::Land => "土地和房子",
            Self::Debt => "欠款和借条",
            Self::Accident => "受伤和事故",
            Self::Consumer => "买东西上当",
            Self::Neighbour => "邻里纠纷",
            Self::Mediation => "请人调解",
            Self::Notary => "公证和遗嘱",
            Self::Enterprise => "企业的事",
            Self::Adviser => "村里的律师",
            Self::Station => "去哪里办",
            Self::Hotline => "被骗了、想先问问",
        }
    }

    /// A few words below it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Aid => "请不起律师、家暴、见义勇为",
            Self::Labour => "欠薪、辞退、社保、工伤",
            Self::Family => "离婚、彩礼、抚养、继承",
            Self::Land => "承包地、宅基地、拆迁",
            Self::Debt => "借钱不还、担保、赢了拿不到钱",
            Self::Accident => "车祸、被打、看病、校园",
            Self::Consumer => "假货、保健品、预付卡",
            Self::Neighbour => "吵架、噪音、漏水、物业",
            Self::Mediation => "不打官司，两边说合",
            Self::Notary => "遗嘱、委托书、过户",
            Self::Enterprise => "合同、用工、法治体检",
            Self::Adviser => "每个村（社区）都有一位",
            Self::Station => "地址、几点开门、怎么走",
            Self::Hotline => "诈骗、非法集资、打电话问",
        }
    }

    /// An icon of the sprite.
    pub(crate) fn icon(self) -> &'static str {
        match self {
            Self::Aid | Self::Notary => "scale",
            Self::Labour | Self::Enterprise => "building",
            Self::Family | Self::Adviser => "user",
            Self::Land => "home",
            Self::Debt | Self::Consumer => "list",
            Self::Accident => "warning",
            Self::Neighbour | Self::Mediation => "chat",
            Self::Station => "map-pin",
            Self::Hotline => "phone",
        }
    }

    /// What to do, step by step.
    pub(crate) fn steps(self) -> &'static [&'static str] {
        match self {
            // 法律援助法 §41–§43.
            Self::Aid => &[
                "先打 12348，或到最近的工作站，当面说清是什么事。",
                "带上身份证和有关的材料：合同、欠条、判决书、工资条都行。缺什么，工作人员会一次说清。",
                "填申请表。农民工要工资、要工伤赔偿，低保户等，不用证明家里困难。",
                "区法律援助中心收到申请后 7 天内答复；同意的，3 天内安排律师，不收您一分钱。",
            ],
            // 劳动争议调解仲裁法 §27, §53; 工伤保险条例 §17.
            Self::Labour => &[
                "工资条、考勤、工牌、转账和聊天记录，先留好、拍照。",
                "先和单位谈；谈不拢，向人社部门反映，电话 12333。",
                "可以去劳动仲裁，不收费，一般要在一年内提出。",
                "农民工要工资、要工伤赔偿，可以申请免费律师。",
            ],
            Self::Family => &[
                "有人打您、有危险：先打 110，到安全的地方再说别的。",
                "结婚证、户口本、房产和存款的凭据，能找到的先收好。",
                "问本村（社区）的法律顾问，或打 12348，先把道理弄清楚再决定。",
                "愿意谈的，请调解员说合；谈不拢的，再到法院。",
            ],
            // 行政复议法 §20.
            Self::Land => &[
                "合同、承包证、批文、征收决定书，先找出来拍照。",
                "村里的事，先问本村的法律顾问，不收钱。",
                "对征收、罚款的决定不服，一般六十天内可以申请行政复议。",
                "签字以前，先让律师看一眼。",
            ],
            // 民法典 §188.
            Self::Debt => &[
                "借条、转账记录、聊天记录、对账单，先收好。",
                "写清谁欠谁、多少钱、哪天还；没有写过的，现在让对方补写。",
                "一般三年内要去要，每次要账都留个凭据。",
                "数额不大的，可以先请调解员；不行再到法院。",
            ],
            Self::Accident => &[
                "先报警（110、122）、先看伤（120），人最要紧。",
                "事故认定书、验伤单、病历、发票、照片，都要留好。",
                "对方叫您签协议，先别签，问过律师再说。",
                "家里困难的，可以申请免费律师替您要赔偿。",
            ],
            Self::Consumer => &[
                "东西、包装、小票、付款和聊天记录，都先留着。",
                "先找商家退；网上买的，多数收到七天内可以退。",
                "商家不理，打 12315 投诉。",
                "被骗的钱多、人多，马上打 110。",
            ],
            Self::Neighbour => &[
                "先别吵、别动手，拍几张照片记下情况。",
                "请村（社区）干部或调解员来看、来说合，不收钱。",
                "噪音太大、有人动手，打 110。",
                "说不拢的，问本村（社区）的法律顾问下一步怎么走。",
            ],
            // 人民调解法 §4, §33.
            Self::Mediation => &[
                "到村（社区）或司法所说一声，就有调解员来，不收钱。",
                "双方把话说开，谈成了写成协议，各拿一份。",
                "三十天内双方一起到法院确认，对方反悔就能强制执行。",
                "谈不成也不耽误打官司。",
            ],
            Self::Notary => &[
                "遗嘱、继承、委托、过户，都可以到公证处办。",
                "带上身份证、户口本、房产证；人不方便，可以先打电话问能不能上门。",
                "遗嘱写错了可能不算数，写之前先问律师或公证员。",
                "费用和材料，先打 12348 问清楚再去。",
            ],
            Self::Enterprise => &[
                "合同、用工、欠款、罚款，都可以先打 12348 问。",
                "想全面查一遍，可以请律师团来做法治体检，不收费。",
                "对罚款不服，收到决定一般六十天内可以申请行政复议。",
                "用工、货款的合同，签以前请律师看一眼。",
            ],
            Self::Adviser => &[
                "每个村（社区）都有一位律师当顾问，咨询不收钱。",
                "输入村名，就能看到姓名、电话，点一下就拨通。",
                "合同、家事、村里的规矩，都可以问。",
                "电话没接通，可以留下号码等回电，或打 12348。",
            ],
            Self::Station => &[
                "选您在哪个镇（街道），正在开门的站排在最前。",
                "去以前先看几点开门，最好先打个电话。",
                "带上身份证和有关的材料。",
                "走不动、来不了的，打电话请人上门。",
            ],
            Self::Hotline => &[
                "正在被骗、刚转了账：马上打 110，越快越好。",
                "别再转钱，别删聊天记录，把转账截图留好。",
                "想问法律上的事，打 12348，律师在电话里免费答。",
                "不方便打，可以留下号码，我们打给您。",
            ],
        }
    }

    /// Numbers to call besides the hotline.
    pub(crate) fn calls(self) -> &'static [Call] {
        match self {
            Self::Family | Self::Neighbour => &[("110", "有人动手、有危险")],
            Self::Accident => &[("110", "报警"), ("120", "看伤")],
            Self::Labour => &[("12333", "人社部门")],
            Self::Consumer => &[("12315", "消费投诉"), ("110", "被骗报警")],
            Self::Hotline => &[("110", "被骗报警")],
            _ => &[],
        }
    }

    /// The page that helps most: words and address.
    pub(crate) fn goes_to(self) -> (&'static str, &'static str) {
        match self {
            Self::Adviser | Self::Land | Self::Family | Self::Debt | Self::Neighbour => {
                ("找我们村的法律顾问", "/villages")
            }
            Self::Aid => ("在手机上申请法律援助", "/apply"),
            _ => ("找最近的工作站", "/stations"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_card_that_leads_on() {
        for topic in Topic::ALL {
            assert!(topic.steps().len() >= 3, "{topic:?}");
            assert!(
                topic.steps().iter().all(|step| step.chars().count() <= 60),
                "{topic:?}: one plain sentence or two"
            );
            assert!(topic.goes_to().1.starts_with('/'), "{topic:?}");
        }
    }
}
