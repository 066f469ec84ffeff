//! Providers of SMS: Aliyun and Tencent, as `farun.toml` says; one text to one telephone, and what came of it.

mod line;
pub(crate) mod signature;

use kernel::{Fault, Moment};
use line::{Answered, Line};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::keys;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Aliyun, signature version 3 (ACS3-HMAC-SHA256).
    Aliyun,
    /// Aliyun, signature version 1: clouds of offices that speak nothing newer.
    AliyunV1,
    /// Tencent Cloud (TC3-HMAC-SHA256).
    Tencent,
}

/// The table `[sms]` of `farun.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// Who sends.
    pub provider: Provider,
    /// Where, if it is not the vendor's usual address.
    pub endpoint: Option<String>,
    /// The vendor's region; `cn-hangzhou` or `ap-nanjing` unless said.
    pub region: Option<String>,
    /// AccessKey id (Aliyun) or SecretId (Tencent).
    pub key_id: String,
    /// The file that holds the secret, seen from the data folder; the environment (`FARUN_SMS_SECRET`) goes first.
    pub secret_file: Option<PathBuf>,
    /// SdkAppId, Tencent only.
    #[serde(default)]
    pub app_id: String,
    /// The approved signature (短信签名), without brackets.
    pub sign: String,
    /// Certificates of authorities to be trusted besides the usual ones (PEM), for private gateways.
    pub authorities: Option<PathBuf>,
}

/// A provider, ready to be asked.
pub struct Sms {
    settings: SmsSettings,
    secret: String,
    line: Line,
}

/// One text to one telephone.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    /// Our id of the message; a repeat carries the same.
    pub(crate) id: &'a str,
    /// Eleven digits.
    pub(crate) phone: &'a str,
    /// The vendor's number of the template.
    pub(crate) template: &'a str,
    /// Names and values of what stands in it, in its order.
    pub(crate) values: &'a [(String, String)],
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Taken; the vendor's number of it.
    Sent(String),
    /// Not now: a limit of the vendor, or something passing.
    Later(String),
    /// Never: this number or this template.
    Never(String),
    /// Nothing can be sent at present: the account, the money, the network.
    Down(String),
}

impl Sms {
    /// Prepares a provider.
    ///
    /// # Errors
    /// A fault that names the setting that is wrong.
    pub fn new(settings: SmsSettings, secret: String, data: &Path) -> Result<Self, Fault> {
        if secret.trim().is_empty() {
            return Err(Fault::new("sms: no secret; set FARUN_SMS_SECRET or sms.secret_file"));
        }
        if settings.key_id.is_empty() || settings.sign.is_empty() {
            return Err(Fault::new("sms: key_id and sign must be set"));
        }
        if settings.provider == Provider::Tencent && settings.app_id.is_empty() {
            return Err(Fault::new("sms: Tencent needs app_id"));
        }
        let usual = match settings.provider {
            Provider::Aliyun | Provider::AliyunV1 => "https://dysmsapi.aliyuncs.com",
            Provider::Tencent => "https://sms.tencentcloudapi.com",
        };
        let authorities = settings.authorities.as_ref().map(|path| data.join(path));
        let line = Line::to(settings.endpoint.as_deref().unwrap_or(usual), authorities.as_deref())?;
        Ok(Self { settings, secret: secret.trim().to_owned(), line })
    }

    /// Who sends, in words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.settings.provider {
            Provider::Aliyun | Provider::AliyunV1 => "阿里云",
            Provider::Tencent => "腾讯云",
        }
    }

    /// The approved signature that stands before every text.
    #[must_use]
    pub fn sign(&self) -> &str {
        &self.settings.sign
    }

    /// Hands a text to the provider. `now` is the real time: requests are signed with it.
    pub(crate) async fn send(&self, message: &Outgoing<'_>, now: Moment) -> Outcome {
        let answered = match self.settings.provider {
            Provider::Aliyun => self.aliyun(message, now).await,
            Provider::AliyunV1 => self.aliyun_v1(message, now).await,
            Provider::Tencent => self.tencent(message, now).await,
        };
        match answered {
            Ok(answered) if self.settings.provider == Provider::Tencent => read_tencent(&answered),
            Ok(answered) => read_aliyun(&answered),
            Err(fault) => Outcome::Down(format!("联系不上短信服务商：{fault}")),
        }
    }

    fn aliyun_params(&self, message: &Outgoing<'_>) -> Vec<(&'static str, String)> {
        let values: serde_json::Map<String, Value> =
            message.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        vec![
            ("PhoneNumbers", message.phone.to_owned()),
            ("SignName", self.settings.sign.clone()),
            ("TemplateCode", message.template.to_owned()),
            ("TemplateParam", Value::Object(values).to_string()),
            ("OutId", message.id.to_owned()),
        ]
    }

    async fn aliyun(&self, message: &Outgoing<'_>, now: Moment) -> Result<Answered, Fault> {
        let query = signature::query(&self.aliyun_params(message));
        let mut headers = vec![
            ("host", self.line.authority()),
            ("x-acs-action", "SendSms".to_owned()),
            ("x-acs-content-sha256", signature::sha256(b"")),
            ("x-acs-date", signature::utc(now)),
            ("x-acs-signature-nonce", nonce()?),
            ("x-acs-version", "2017-05-25".to_owned()),
        ];
        let (id, secret) = (&self.settings.key_id, &self.secret);
        headers.push(("authorization", signature::acs3(id, secret, &headers, &query, b"")));
        self.line.post(&format!("/?{query}"), &headers, String::new()).await
    }

    async fn aliyun_v1(&self, message: &Outgoing<'_>, now: Moment) -> Result<Answered, Fault> {
        let mut params = self.aliyun_params(message);
        let region = self.settings.region.clone().unwrap_or_else(|| "cn-hangzhou".to_owned());
        params.extend([
            ("AccessKeyId", self.settings.key_id.clone()),
            ("Action", "SendSms".to_owned()),
            ("Format", "JSON".to_owned()),
            ("RegionId", region),
            ("SignatureMethod", "HMAC-SHA1".to_owned()),
            ("SignatureNonce", nonce()?),
            ("SignatureVersion", "1.0".to_owned()),
            ("Timestamp", signature::utc(now)),
            ("Version", "2017-05-25".to_owned()),
        ]);
        params.push(("Signature", signature::aliyun_v1(&self.secret, "POST", &params)));
        let headers = [
            ("host", self.line.authority()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        self.line.post("/", &headers, signature::query(&params)).await
    }

    async fn tencent(&self, message: &Outgoing<'_>, now: Moment) -> Result<Answered, Fault> {
        let values: Vec<&str> = message.values.iter().map(|(_, value)| value.as_str()).collect();
        let body = json!({
            "PhoneNumberSet": [format!("+86{}", message.phone)],
            "SmsSdkAppId": self.settings.app_id,
            "SignName": self.settings.sign,
            "TemplateId": message.template,
            "TemplateParamSet": values,
            "SessionContext": message.id,
        })
        .to_string();
        let mut headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("host", self.line.authority()),
            ("x-tc-action", "SendSms".to_owned()),
        ];
        let (id, secret) = (&self.settings.key_id, &self.secret);
        let signed = signature::tc3(id, secret, "sms", &headers, body.as_bytes(), now);
        headers.extend([
            ("authorization", signed),
            ("x-tc-timestamp", now.micros().div_euclid(1_000_000).to_string()),
            ("x-tc-version", "2021-01-11".to_owned()),
            ("x-tc-region", self.settings.region.clone().unwrap_or_else(|| "ap-nanjing".to_owned())),
        ]);
        self.line.post("/", &headers, body).await
    }
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sms")
    }
}

fn nonce() -> Result<String, Fault> {
    Ok(store::audit::hex(&keys::random_bytes::<16>()?))
}

/// Codes of either vendor that will not change for this message: the number, the template, what stands in it.
const NEVER: &[&str] = &[
    "isv.MOBILE_NUMBER_ILLEGAL",
    "isv.SMS_TEMPLATE_ILLEGAL",
    "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.TEMPLATE_PARAMS_ILLEGAL",
    "isv.INVALID_PARAMETERS",
    "isv.INVALID_JSON_PARAM",
    "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL",
    "isv.BLACK_KEY_CONTROL_LIMIT",
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "FailedOperation.TemplateUnapprovedOrNotExist",
    "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit",
];

/// Codes, or beginnings of codes, that stand for limits and passing troubles: they say nothing about other messages.
const LATER: &[&str] = &[
    "isv.BUSINESS_LIMIT_CONTROL",
    "isp.",
    "SignatureNonceUsed",
    "InternalError",
    "LimitExceeded.PhoneNumber",
    "FailedOperation.FailResolvePacket",
];

fn judge(code: &str, message: &str) -> Outcome {
    let reason = format!("{code}：{message}");
    if NEVER.contains(&code) {
        return Outcome::Never(reason);
    }
    if LATER.iter().any(|known| code.starts_with(known)) {
        return Outcome::Later(reason);
    }
    // Keys, signatures, money, daily totals, throttling: the next message would meet the same.
    Outcome::Down(reason)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn parse(answered: &Answered) -> Result<Value, Outcome> {
    serde_json::from_slice(&answered.body)
        .map_err(|_| Outcome::Down(format!("短信服务商的答复读不懂（状态 {}）", answered.status)))
}

fn read_aliyun(answered: &Answered) -> Outcome {
    match parse(answered) {
        Ok(value) if text(&value, "Code") == "OK" => Outcome::Sent(text(&value, "BizId").to_owned()),
        Ok(value) => judge(text(&value, "Code"), text(&value, "Message")),
        Err(outcome) => outcome,
    }
}

fn read_tencent(answered: &Answered) -> Outcome {
    let value = match parse(answered) {
        Ok(value) => value,
        Err(outcome) => return outcome,
    };
    let response = &value["Response"];
    let status = &response["SendStatusSet"][0];
    if text(status, "Code") == "Ok" {
        return Outcome::Sent(text(status, "SerialNo").to_owned());
    }
    let error = if status.is_object() { status } else { &response["Error"] };
    judge(text(error, "Code"), text(error, "Message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(body: &str) -> Answered {
        Answered { status: 200, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn aliyun_says_what_came_of_it() {
        let sent = r#"{"Message":"OK","RequestId":"F655A8D5","Code":"OK","BizId":"9006197469364984400"}"#;
        assert_eq!(read_aliyun(&answered(sent)), Outcome::Sent("9006197469364984400".to_owned()));
        let code = |code: &str| read_aliyun(&answered(&format!(r#"{{"Code":"{code}","Message":"m"}}"#)));
        assert!(matches!(code("isv.BUSINESS_LIMIT_CONTROL"), Outcome::Later(_)));
        assert!(matches!(code("isv.MOBILE_NUMBER_ILLEGAL"), Outcome::Never(_)));
        assert!(matches!(code("isv.AMOUNT_NOT_ENOUGH"), Outcome::Down(_)));
        assert!(matches!(code("SignatureDoesNotMatch"), Outcome::Down(_)));
        assert!(matches!(code("isv.something.new"), Outcome::Down(_)), "unknown ones lose nothing");
        assert!(matches!(read_aliyun(&answered("<html>")), Outcome::Down(_)));
    }

    #[test]
    fn tencent_says_what_came_of_it() {
        let sent = r#"{"Response":{"SendStatusSet":[{"SerialNo":"5000:1045","PhoneNumber":"+8613800001111","Fee":1,"SessionContext":"x","Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"a0"}}"#;
        assert_eq!(read_tencent(&answered(sent)), Outcome::Sent("5000:1045".to_owned()));
        let one = |code: &str| {
            let body = format!(
                r#"{{"Response":{{"SendStatusSet":[{{"Code":"{code}","Message":"m"}}],"RequestId":"a"}}}}"#
            );
            read_tencent(&answered(&body))
        };
        assert!(matches!(one("LimitExceeded.PhoneNumberThirtySecondLimit"), Outcome::Later(_)));
        assert!(matches!(one("FailedOperation.PhoneNumberInBlacklist"), Outcome::Never(_)));
        assert!(matches!(one("FailedOperation.InsufficientBalanceInSmsPackage"), Outcome::Down(_)));
        let all =
            r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"m"},"RequestId":"a"}}"#;
        assert!(matches!(read_tencent(&answered(all)), Outcome::Down(_)));
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let settings = |text: &str| toml_like(text);
        let good = settings(r#"{"provider":"aliyun","key_id":"a","sign":"武进法援"}"#);
        assert!(Sms::new(good.clone(), "secret".to_owned(), Path::new("")).is_ok());
        assert!(Sms::new(good, " \n".to_owned(), Path::new("")).is_err(), "a secret is needed");
        let tencent = settings(r#"{"provider":"tencent","key_id":"a","sign":"武进法援"}"#);
        let refused = Sms::new(tencent, "s".to_owned(), Path::new("")).expect_err("no app");
        assert!(refused.to_string().contains("app_id"), "{refused}");
    }

    fn toml_like(text: &str) -> SmsSettings {
        serde_json::from_str(text).expect("settings")
    }
}
