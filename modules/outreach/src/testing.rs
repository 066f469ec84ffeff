//! A provider of SMS for tests: a real HTTP server that verifies the vendor's signature over what arrived, answers with the
//! vendor's JSON, and has its limits and its bad days.

use crate::sms::{Provider, Sms, SmsSettings, signature};
use ::store::{Tx, params};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use kernel::{Fault, Moment};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

/// Every notice ever written: account, record, key, when it was withdrawn.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn notices(tx: &mut Tx) -> Result<Vec<(i64, i64, String, Option<Moment>)>, Fault> {
    tx.all(
        "select account_id, about_id, notice_key, withdrawn_at from outreach_notice_entry order by id",
        params![],
    )
    .await
}

/// How many messages somebody has in hand.
///
/// # Errors
/// A fault if they cannot be read.
pub async fn in_hand(tx: &mut Tx) -> Result<i64, Fault> {
    let now = tx.db().wall().now();
    tx.scalar(
        "select count(*) from outreach_message_entry where state = 'waiting' and lease_until > $1",
        params![now],
    )
    .await
}

/// A text that the provider took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Our id of the message, as it came (OutId, SessionContext).
    pub id: String,
    /// The telephone, as it came.
    pub phone: String,
    /// The vendor's number of the template.
    pub template: String,
    /// What stands in it.
    pub values: Vec<String>,
}

/// How the provider behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// As documented.
    #[default]
    Well,
    /// Takes the text and hangs up before it has answered.
    Mute,
    /// Answers with this code of the vendor and takes nothing.
    Saying(&'static str),
}

/// Texts to one number that the provider takes; after that its flow control speaks.
const PER_NUMBER: usize = 5;
const KEY_ID: &str = "test-key-id";
const SECRET: &str = "test-secret";
const APP: &str = "1400006666";

#[derive(Default)]
struct Desk {
    taken: Vec<Taken>,
    refused: Vec<String>,
    mood: Mood,
}

/// The provider.
#[derive(Clone)]
pub struct FakeProvider {
    /// `http://127.0.0.1:…`
    pub address: String,
    kind: Provider,
    desk: Arc<Mutex<Desk>>,
}

impl FakeProvider {
    /// Starts one; it ends with the test's runtime.
    ///
    /// # Errors
    /// A fault if nothing can be listened on.
    pub async fn start(kind: Provider) -> Result<Self, Fault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let fake = Self { address, kind, desk: Arc::default() };
        let server = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| server.clone().answer(request));
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
                });
            }
        });
        Ok(fake)
    }

    /// The product's side of it.
    ///
    /// # Errors
    /// A fault if the settings are wrong.
    pub fn client(&self) -> Result<Sms, Fault> {
        self.client_with(SECRET)
    }

    /// The product's side with another secret.
    ///
    /// # Errors
    /// As [`FakeProvider::client`].
    pub fn client_with(&self, secret: &str) -> Result<Sms, Fault> {
        let settings = SmsSettings {
            provider: self.kind,
            endpoint: Some(self.address.clone()),
            region: None,
            key_id: KEY_ID.to_owned(),
            secret_file: None,
            app_id: APP.to_owned(),
            sign: "武进法援".to_owned(),
            authorities: None,
        };
        Sms::new(settings, secret.to_owned(), Path::new(""))
    }

    /// How it behaves from now on.
    pub fn set(&self, mood: Mood) {
        self.with(|desk| desk.mood = mood);
    }

    /// What it took so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.with(|desk| desk.taken.clone())
    }

    /// The codes it refused with so far.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.with(|desk| desk.refused.clone())
    }

    fn with<T>(&self, what: impl FnOnce(&mut Desk) -> T) -> T {
        what(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(self, request: Request<Incoming>) -> std::io::Result<Response<Full<Bytes>>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let headers: BTreeMap<String, String> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let query = parts.uri.query().unwrap_or_default();
        let read = match self.kind {
            Provider::Aliyun => read_acs3(&headers, query, &body),
            Provider::AliyunV1 => read_v1(&body),
            Provider::Tencent => read_tc3(&headers, &body),
        };
        let verdict = match read {
            Some(taken) => self.with(|desk| desk.decide(self.kind, taken)),
            None => Err(self.bad_signature().to_owned()),
        };
        if verdict.is_ok() && self.with(|desk| desk.mood == Mood::Mute) {
            return Err(std::io::Error::other("hangs up"));
        }
        let answer = match (&verdict, self.kind) {
            (Ok(number), Provider::Tencent) => {
                json!({"Response": {"SendStatusSet": [{"SerialNo": number, "Fee": 1, "Code": "Ok", "Message": "send success", "IsoCode": "CN"}], "RequestId": "r"}})
            }
            (Ok(number), _) => json!({"Message": "OK", "RequestId": "r", "Code": "OK", "BizId": number}),
            (Err(code), Provider::Tencent) if code.starts_with("AuthFailure") => {
                json!({"Response": {"Error": {"Code": code, "Message": "refused"}, "RequestId": "r"}})
            }
            (Err(code), Provider::Tencent) => {
                json!({"Response": {"SendStatusSet": [{"SerialNo": "", "Fee": 0, "Code": code, "Message": "refused"}], "RequestId": "r"}})
            }
            (Err(code), _) => json!({"Message": "refused", "RequestId": "r", "Code": code}),
        };
        if let Err(code) = verdict {
            self.with(|desk| desk.refused.push(code));
        }
        Ok(Response::new(Full::new(Bytes::from(answer.to_string()))))
    }

    fn bad_signature(&self) -> &'static str {
        match self.kind {
            Provider::Aliyun | Provider::AliyunV1 => "SignatureDoesNotMatch",
            Provider::Tencent => "AuthFailure.SignatureFailure",
        }
    }
}

impl Desk {
    fn decide(&mut self, kind: Provider, taken: Taken) -> Result<String, String> {
        if let Mood::Saying(code) = self.mood {
            return Err(code.to_owned());
        }
        let before = self.taken.iter().filter(|one| one.phone == taken.phone).count();
        if before >= PER_NUMBER {
            let code = match kind {
                Provider::Aliyun | Provider::AliyunV1 => "isv.BUSINESS_LIMIT_CONTROL",
                Provider::Tencent => "LimitExceeded.PhoneNumberOneHourLimit",
            };
            return Err(code.to_owned());
        }
        self.taken.push(taken);
        Ok(format!("biz-{}", self.taken.len()))
    }
}

fn get(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, value)| value.clone())
}

fn of_aliyun(pairs: &[(String, String)]) -> Option<Taken> {
    let values: Value = serde_json::from_str(&get(pairs, "TemplateParam")).ok()?;
    Some(Taken {
        id: get(pairs, "OutId"),
        phone: get(pairs, "PhoneNumbers"),
        template: get(pairs, "TemplateCode"),
        values: values.as_object()?.values().filter_map(|value| Some(value.as_str()?.to_owned())).collect(),
    })
}

fn signed<'a>(headers: &'a BTreeMap<String, String>, names: &[&'a str]) -> Option<Vec<(&'a str, String)>> {
    names.iter().map(|name| Some((*name, headers.get(*name)?.clone()))).collect()
}

fn read_acs3(headers: &BTreeMap<String, String>, query: &str, body: &[u8]) -> Option<Taken> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let params: Vec<(&str, String)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let names = [
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    ];
    let over = signed(headers, &names)?;
    let expected = signature::acs3(KEY_ID, SECRET, &over, &signature::query(&params), body);
    let right = headers.get("authorization") == Some(&expected)
        && headers.get("x-acs-action").map(String::as_str) == Some("SendSms")
        && headers.get("x-acs-version").map(String::as_str) == Some("2017-05-25");
    if right { of_aliyun(&pairs) } else { None }
}

fn read_v1(body: &[u8]) -> Option<Taken> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let params: Vec<(&str, String)> = pairs
        .iter()
        .filter(|(name, _)| name != "Signature")
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let right = signature::aliyun_v1(SECRET, "POST", &params) == get(&pairs, "Signature")
        && get(&pairs, "AccessKeyId") == KEY_ID
        && get(&pairs, "Action") == "SendSms";
    if right { of_aliyun(&pairs) } else { None }
}

fn read_tc3(headers: &BTreeMap<String, String>, body: &[u8]) -> Option<Taken> {
    let seconds: i64 = headers.get("x-tc-timestamp")?.parse().ok()?;
    let over = signed(headers, &["content-type", "host", "x-tc-action"])?;
    let at = Moment::from_micros(seconds * 1_000_000);
    let expected = signature::tc3(KEY_ID, SECRET, "sms", &over, body, at);
    if headers.get("authorization") != Some(&expected) {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&value["SmsSdkAppId"]) == APP).then(|| Taken {
        id: text(&value["SessionContext"]),
        phone: text(&value["PhoneNumberSet"][0]),
        template: text(&value["TemplateId"]),
        values: value["TemplateParamSet"].as_array().into_iter().flatten().map(text).collect(),
    })
}

/// Waits until nothing is under way that somebody was in a hurry for: a test that ends before would take its database away.
pub async fn settled() {
    while !crate::deliver::is_settled() {
        tokio::task::yield_now().await;
    }
}
