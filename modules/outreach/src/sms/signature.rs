//! How requests to providers of SMS are signed: three published schemes, each checked against the vendor's own example.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Moment;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use store::audit::hex;

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn hmac_sha1(key: &[u8], message: &[u8]) -> Vec<u8> {
    Hmac::<Sha1>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// Percent-encodes as RFC 3986 has it: everything but letters, digits and `-_.~`.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").ok();
        }
    }
    out
}

/// The parameters as a query, sorted by name.
pub(crate) fn query(params: &[(&str, String)]) -> String {
    let mut pairs: Vec<String> =
        params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// A moment as both vendors write it: `2023-10-26T10:22:32Z`.
pub(crate) fn utc(at: Moment) -> String {
    // Days and hours come out in Beijing time, which is UTC+8 all year.
    let (day, hour, minute) = at.plus_seconds(-8 * 3600).local_parts();
    let second = at.micros().div_euclid(1_000_000).rem_euclid(60);
    format!("{day}T{hour:02}:{minute:02}:{second:02}Z")
}

fn canonical(headers: &[(&str, String)]) -> (String, String) {
    let mut sorted: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.trim())).collect();
    sorted.sort_unstable();
    let lines = sorted.iter().fold(String::new(), |mut lines, (name, value)| {
        writeln!(lines, "{name}:{value}").ok();
        lines
    });
    let names: Vec<&str> = sorted.iter().map(|(name, _)| *name).collect();
    (lines, names.join(";"))
}

/// Aliyun's ACS3-HMAC-SHA256: the `Authorization` header over these headers (names in lower case), query and body.
pub(crate) fn acs3(id: &str, secret: &str, headers: &[(&str, String)], query: &str, body: &[u8]) -> String {
    let (lines, names) = canonical(headers);
    let request = format!("POST\n/\n{query}\n{lines}\n{names}\n{}", sha256(body));
    let to_sign = format!("ACS3-HMAC-SHA256\n{}", sha256(request.as_bytes()));
    let signature = hex(&hmac_sha256(secret.as_bytes(), to_sign.as_bytes()));
    format!("ACS3-HMAC-SHA256 Credential={id},SignedHeaders={names},Signature={signature}")
}

/// Aliyun's version 1: the value of the parameter `Signature`.
pub(crate) fn aliyun_v1(secret: &str, method: &str, params: &[(&str, String)]) -> String {
    use base64::Engine as _;
    let to_sign = format!("{method}&%2F&{}", encode(&query(params)));
    base64::engine::general_purpose::STANDARD
        .encode(hmac_sha1(format!("{secret}&").as_bytes(), to_sign.as_bytes()))
}

/// Tencent's TC3-HMAC-SHA256: the `Authorization` header over these headers (names in lower case) and the body.
pub(crate) fn tc3(
    id: &str,
    secret: &str,
    service: &str,
    headers: &[(&str, String)],
    body: &[u8],
    at: Moment,
) -> String {
    let (lines, names) = canonical(headers);
    let request = format!("POST\n/\n\n{lines}\n{names}\n{}", sha256(body));
    let day = utc(at)[..10].to_owned();
    let scope = format!("{day}/{service}/tc3_request");
    let seconds = at.micros().div_euclid(1_000_000);
    let to_sign = format!("TC3-HMAC-SHA256\n{seconds}\n{scope}\n{}", sha256(request.as_bytes()));
    let key = hmac_sha256(format!("TC3{secret}").as_bytes(), day.as_bytes());
    let key = hmac_sha256(&hmac_sha256(&key, service.as_bytes()), b"tc3_request");
    let signature = hex(&hmac_sha256(&key, to_sign.as_bytes()));
    format!("TC3-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fixed example of Aliyun's page on signature version 3.
    #[test]
    fn acs3_signs_as_the_vendor_does() {
        let query = query(&[
            ("RegionId", "cn-shanghai".to_owned()),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd".to_owned()),
        ]);
        let headers = [
            ("x-acs-version", "2014-05-26".to_owned()),
            ("host", "ecs.cn-shanghai.aliyuncs.com".to_owned()),
            ("x-acs-action", "RunInstances".to_owned()),
            ("x-acs-content-sha256", sha256(b"")),
            ("x-acs-date", "2023-10-26T10:22:32Z".to_owned()),
            ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d".to_owned()),
        ];
        assert_eq!(
            acs3("YourAccessKeyId", "YourAccessKeySecret", &headers, &query, b""),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;\
             x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    /// The example `SendSms` of Aliyun's page on signature version 1.
    #[test]
    fn version_1_signs_as_the_vendor_does() {
        let params = [
            ("AccessKeyId", "testId"),
            ("Timestamp", "2017-07-12T02:42:19Z"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", "45e25e9b-0a6f-4070-8c85-2956eda1b466"),
            ("Format", "XML"),
            ("Action", "SendSms"),
            ("Version", "2017-05-25"),
            ("RegionId", "cn-hangzhou"),
            ("PhoneNumbers", "15300000001"),
            ("SignName", "阿里云短信测试专用"),
            ("TemplateParam", r#"{"customer":"test"}"#),
            ("TemplateCode", "SMS_71390007"),
            ("OutId", "123"),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        assert_eq!(aliyun_v1("testSecret", "GET", &params), "zJDF+Lrzhj/ThnlvIToysFRq6t4=");
    }

    /// The example of Tencent's page on signature version 3, before its keys were masked.
    #[test]
    fn tc3_signs_as_the_vendor_does() {
        let body =
            r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
        let headers = [
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("host", "cvm.tencentcloudapi.com".to_owned()),
        ];
        let at = Moment::from_micros(1_551_113_065_000_000);
        assert_eq!(
            tc3(
                "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
                "cvm",
                &headers,
                body.as_bytes(),
                at
            ),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }

    #[test]
    fn times_are_in_utc() {
        assert_eq!(utc(Moment::from_micros(1_551_113_065_999_999)), "2019-02-25T16:44:25Z");
        assert_eq!(utc(Moment::from_micros(1_577_807_999_000_000)), "2019-12-31T15:59:59Z");
    }
}
