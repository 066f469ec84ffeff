//! Passwords that are tried first everywhere, and those that anybody would try here: composed, not listed. A word of the
//! list counts with whatever digits and signs around it, with letters replaced by look-alikes, and joined with others.

/// What people take everywhere, and how it is abbreviated.
const WORDS: &str = "password passwort passwd pass word secret secure security login logon admin administrator admins \
    manager master root user users guest test tests tester testing temp temporary default changeme change welcome hello \
    letmein access account system server computer internet windows microsoft google samsung apple iphone android huawei \
    xiaomi lenovo qwerty qwertz azerty asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qazwsx qwer qwe asd zxc wasd abc abcd abcde \
    abcdef abcdefg abcdefgh aaa iloveyou loveyou lovely love lover forever always baby babygirl babyboy angel angels \
    sunshine princess prince queen king kings dragon monkey tiger lion panda eagle falcon phoenix wolf shadow ninja hunter \
    killer warrior soldier superman batman spiderman pokemon starwars matrix trustno whatever nothing freedom \
    football soccer baseball basketball hockey tennis golf swimming running jordan michael jackson jennifer jessica \
    michelle nicole daniel david robert thomas andrew anthony matthew joshua jonathan charlie christian alexander samantha \
    elizabeth victoria charlotte natasha patrick richard steven william george maggie buster pepper ginger cookie cheese \
    chocolate coffee banana orange cherry flower summer winter spring autumn monday friday sunday january december rainbow \
    butterfly diamond silver golden purple yellow green black white blue red mercedes ferrari porsche corvette mustang harley \
    yamaha honda toyota chelsea arsenal liverpool barcelona manchester united madrid london paris china beijing shanghai \
    nanjing suzhou wuxi hongkong america canada girl boys girls friend friends family mother father brother sister mommy daddy \
    money business company office work school student teacher doctor music guitar metallica nirvana dreams dream happy lucky \
    smile sweet sweety heaven hottie money million success victory power magic mystery crystal star stars sunset ocean \
    qaz wsx edc xxx fuck fuckyou fuckoff asshole bitch sexy hello world helloworld computer database oracle mysql postgres \
    public private demo sample example backup support service services helpdesk info mail email web www http";

/// The same in Chinese, as it is typed.
const PINYIN: &str = "woaini woaiwojia woaizhongguo aini woai nihao mima zhongguo woshishui wodemima buzhidao \
    xiexie laopo laogong baobei baobao mama baba meimei gege jiejie didi tianshi xingfu kuaile pingan jiankang facai gongxi \
    gongxifacai wangwang xiaoxiao aiqing haha hahaha heihei xixi qingqing tiantian zhang zhangwei wang wangwei wangjing li liwei lijing \
    lina liu liuwei chen chenwei yang yangyang zhao huang zhou wu xu sun hu zhu gao lin he guo luo zheng liang xie tang song \
    deng han feng cao peng zeng xiao tian dong pan yuan cai jiang du ye cheng wei su lu ding ren shen yao cui zhong tan";

/// Words of this product, its offices and its place.
const HERE: &str = "farun runfa falv fawu fazhi falvfuwu falvyuanzhu falvguwen guwen lvshi lvsuo sifa sifaju sifasuo sfj sfs \
    ggflfw flyz pufa tiaojie gongzheng fayuan jianding yuanzhu zhongxin gongzuozhan cun zhen shequ jiedao \
    wujin wjq wjsf wjsfj changzhou czwj jiangsu hutang lijia xueyan benniu qianhuang luoyang yaoguan henglin henglinzhen \
    hengshanqiao jiaze huangli niutang zhenglu nanxiataihu taihu taoge gehu \
    法润 武进 武进区 常州 江苏 司法 司法局 司法所 法律 法律顾问 法律援助 公共法律服务 律师 密码 管理员 测试 我爱你 你好 中国";

/// Numbers that stand for words, and the lines of the keypad.
const LUCKY: [&str; 15] = [
    "5201314", "12348", "1314", "520", "888", "666", "168", "320412", "0519", "147", "258", "369", "159",
    "357", "456",
];

/// Whether everybody would try this password early.
pub(crate) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let plain = look_alikes(lower.trim_end_matches(|c: char| c.is_ascii_digit() || "!.?*".contains(c)));
    [lower.as_str(), &plain].into_iter().any(is_composed) || is_walk(&lower) || is_repeated(&lower)
}

/// Nothing but words of the lists with signs and digits around them; or initials with a number that says little.
fn is_composed(text: &str) -> bool {
    let pieces: Vec<&str> =
        text.split(|c: char| !c.is_alphabetic()).filter(|piece| !piece.is_empty()).collect();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match pieces[..] {
        [] => digits.len() * 2 >= text.chars().count().max(1) && is_guessable(&digits),
        [initials] if initials.len() <= 3 && !is_word(initials) => digits.len() >= 5 && is_guessable(&digits),
        _ => pieces.iter().all(|piece| is_words(piece)),
    }
}

fn is_word(text: &str) -> bool {
    [WORDS, PINYIN, HERE].iter().any(|list| list.split_whitespace().any(|word| word == text))
}

/// One word, or two or three joined, each of at least two letters; or one letter again and again.
fn is_words(text: &str) -> bool {
    fn joined(text: &str, left: usize) -> bool {
        is_word(text)
            || (left > 1
                && text
                    .char_indices()
                    .skip(2)
                    .any(|(at, _)| is_word(&text[..at]) && joined(&text[at..], left - 1)))
    }
    let mut letters = text.chars();
    let first = letters.next();
    letters.all(|letter| Some(letter) == first) || joined(text, 3)
}

fn look_alikes(text: &str) -> String {
    let plain = |c| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(plain).collect()
}

/// A number that can be tried out: short, a date, a telephone, an ID number, a series, a repetition, a lucky number.
fn is_guessable(digits: &str) -> bool {
    let rest = LUCKY.iter().fold(digits.to_owned(), |rest, lucky| rest.replace(lucky, ""));
    rest.len() <= 4 || says_little(digits) || says_little(&rest)
}

fn says_little(digits: &str) -> bool {
    let telephone = digits.len() == 11 && digits.starts_with('1') && !digits.starts_with("10");
    let of_a_person = digits.len() >= 17 && is_date(&digits[6..14]);
    let two_dates = digits.len() == 16 && is_date(&digits[..8]) && is_date(&digits[8..]);
    telephone || of_a_person || two_dates || is_date(digits) || is_walk(digits) || is_repeated(digits)
}

/// A day as people write it: 19850312, 850312, 12031985.
fn is_date(digits: &str) -> bool {
    let number =
        |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
    let year = |year: u32| (1900..=2099).contains(&year);
    match digits.len() {
        6 => {
            day(number(2, 4), number(4, 6))
                || day(number(0, 2), number(2, 4))
                || day(number(2, 4), number(0, 2))
        }
        8 => {
            (year(number(0, 4)) && day(number(4, 6), number(6, 8)))
                || (year(number(4, 8))
                    && (day(number(0, 2), number(2, 4)) || day(number(2, 4), number(0, 2))))
        }
        _ => false,
    }
}

/// Keys side by side, or characters in their order, with few jumps: qwertyuiop, 1qaz2wsx, abcdefgh, 87654321.
fn is_walk(text: &str) -> bool {
    const ROWS: [&str; 4] = ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];
    let place = |c: char| {
        let row = ROWS.iter().position(|row| row.contains(c))?;
        Some((i32::try_from(row).ok()?, i32::try_from(ROWS[row].find(c)?).ok()?))
    };
    let beside = |a: char, b: char| match (place(a), place(b)) {
        (Some((row, column)), Some((other, next))) => (row - other).abs() <= 1 && (column - next).abs() <= 1,
        _ => false,
    };
    let follows = |a: char, b: char| a.is_ascii_alphanumeric() && u32::from(a).abs_diff(u32::from(b)) <= 1;
    let chars: Vec<char> = text.chars().collect();
    let jumps =
        chars.windows(2).filter(|pair| !beside(pair[0], pair[1]) && !follows(pair[0], pair[1])).count();
    chars.len() >= 5 && jumps * 4 <= chars.len()
}

/// Few characters, or a short piece again and again: abababab, 12121212, abcabcabc.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut distinct = chars.clone();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() < 4
        || (1..=chars.len() / 2).any(|period| chars.iter().skip(period).zip(&chars).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands near the top of every published list, as far as it has eight characters, and what is taken in China.
    const FAMOUS: &str = "password 12345678 123456789 1234567890 qwertyuiop qwerty123 11111111 iloveyou 87654321 password1 \
        password123 1q2w3e4r 1qaz2wsx q1w2e3r4 zaq12wsx sunshine princess football baseball superman trustno1 passw0rd \
        p@ssw0rd p@ssword P@ssw0rd1 Password1! 00000000 88888888 66666666 12341234 12344321 123123123 123321123 11223344 \
        abcd1234 abc12345 abc123456 a1234567 a12345678 a123456789 aa123456 aa12345678 qq123456 qq123456789 123456aa 123456abc \
        asdfghjkl asdf1234 qazwsxedc qweasdzxc zxcvbnm1 1234qwer qwer1234 qwert12345 letmein1 welcome1 Welcome123 admin123 \
        admin888 Admin@123 admin123456 root1234 test1234 changeme computer internet michelle jennifer jordan23 liverpool \
        charlie1 master12 dragon123 monkey123 michael1 starwars whatever blink1820 woaini520 woaini1314 5201314520 woaiwojia \
        52013145 147258369 159357456 19850312 20080808 13912345678 zhang123456 wangwei123 wj20220506 zhm19850312 \
        wujin2022 wujin12348 Falv12348 farun2026 Sifaju@2022 sfj12348 falvwujin wujinsifaju 法润12345678 司法局2026！ lvshi12348 \
        hutang2022 liwei1985";

    #[test]
    fn what_stands_on_every_list_and_what_is_near_at_hand_is_common() {
        // Two that only chance would compose stand on lists all the same; they are few.
        let missed: Vec<&str> = FAMOUS.split_whitespace().filter(|password| !is_common(password)).collect();
        assert_eq!(missed, ["blink1820"], "the control: what is not composed is not known");
    }

    #[test]
    fn more_than_three_thousand_that_the_length_would_allow_are_refused() {
        const ENDINGS: [&str; 15] = [
            "1", "12", "123", "1234", "12345", "123456", "!", "@123", "888", "520", "2022", "2026", "_2026",
            "123!", "#1",
        ];
        let words = [WORDS, PINYIN, HERE].iter().flat_map(|list| list.split_whitespace());
        let composed: std::collections::BTreeSet<String> = words
            .flat_map(|word| ENDINGS.iter().map(move |ending| format!("{word}{ending}")))
            .filter(|password| password.chars().count() >= 8)
            .collect();
        let open: Vec<&String> = composed.iter().filter(|password| !is_common(password)).collect();
        assert_eq!(open, Vec::<&String>::new());
        assert!(composed.len() >= 3_000, "{}", composed.len());
    }

    #[test]
    fn any_composition_may_be_chosen() {
        for good in [
            "correct horse",
            "滆湖边的樱花开了",
            "x7#kPq2m",
            "lvshi-2026-wjk",
            "believe in it",
            "a new sentence",
            "83920174650283",
            "kdvqmtre",
            "KDVQMTRE",
            "%&/()=?+~",
            "new sentence",
            "zebra crossing at noon",
        ] {
            assert!(!is_common(good), "{good}");
        }
    }
}
