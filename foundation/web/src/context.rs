//! The request as a handler sees it: who asks, what time it is, how to read, how to write once.

use crate::{
    actor::Actor,
    app::App,
    form::Form,
    guard::{SEED, set_cookie},
    page::Page,
    reply::Failure,
    reply::Reply,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use kernel::{Day, Error, Fault, FaultKind, Kind, Moment, Refusal};
use sha2::{Digest as _, Sha256};
use std::{ops::Deref, sync::Arc, sync::OnceLock};
use store::{
    Tx,
    idempotency::{self, RequestKey},
};

/// What is said when a form names something that is not there any more.
pub(crate) const GONE: &str = "您选的某一项已经不存在，可能刚被合并或者删除。请重新选择以后再保存。";

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The form's field.
    pub field: String,
    /// What the sender calls it; say it, never open it.
    pub file_name: String,
    /// Its content.
    pub bytes: axum::body::Bytes,
}

/// What the guard found out about a request.
pub struct Request {
    /// The application.
    pub app: App,
    /// Who is logged in.
    pub actor: Option<Actor>,
    /// The form token of this answer.
    pub csrf: String,
    /// Whether the large text size is on.
    pub elder: bool,
    /// Path with query, as asked.
    pub uri: String,
    /// Whether the request came in on a listener that has no staff routes.
    pub public_only: bool,
    /// Client address as far as known, for limits; never logged.
    pub peer: String,
    /// The device cookie, if the browser is bound to an account.
    pub device: Option<String>,
    pub(crate) request_key: Option<RequestKey>,
    pub(crate) replay: OnceLock<String>,
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) fresh_key: String,
    pub(crate) seed: String,
}

/// The request; take it as a handler's first argument.
#[derive(Clone)]
pub struct Ctx(pub(crate) Arc<Request>);

impl Deref for Ctx {
    type Target = Request;
    fn deref(&self) -> &Request {
        &self.0
    }
}

impl std::fmt::Debug for Ctx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ctx")
    }
}

impl<S: Sync> FromRequestParts<S> for Ctx {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts
            .extensions
            .get::<Ctx>()
            .cloned()
            .ok_or_else(|| Failure(Fault::new("the route is not behind the guard").into()))
    }
}

impl Ctx {
    /// The logged-in person.
    ///
    /// # Errors
    /// A refusal when nobody is; routes that declare a permission never see it.
    pub fn actor(&self) -> Result<&Actor, Refusal> {
        self.0.actor.as_ref().ok_or_else(|| Refusal::new(Kind::Expired, "请先登录。"))
    }

    /// The account id of the logged-in person, for audit rows.
    #[must_use]
    pub fn actor_id(&self) -> Option<i64> {
        self.0.actor.as_ref().map(|actor| actor.id)
    }

    /// Business time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.app.clock.now()
    }

    /// The business day.
    #[must_use]
    pub fn today(&self) -> Day {
        self.now().day()
    }

    /// Starts reading.
    ///
    /// # Errors
    /// A fault if no connection can be had.
    pub async fn begin_read(&self) -> Result<Tx, Fault> {
        self.app.db.begin_read().await
    }

    /// Starts writing. A request that was already answered is not done again: the guard repeats the first answer.
    ///
    /// # Errors
    /// A fault if the writer cannot be had; a refusal that the guard turns into the first answer.
    pub async fn begin_write(&self) -> Result<Tx, Error> {
        let mut tx = self.app.db.begin_write().await?;
        if let Some(key) = &self.request_key
            && let Some(reply) = idempotency::find(&mut tx, key).await?
        {
            if reply.route != key.route || reply.digest != key.digest {
                return Err(
                    Refusal::invalid("这份表单已经提交过，但内容不同。请返回列表核对后重新填写。").into()
                );
            }
            self.replay.get_or_init(|| reply.location.clone());
            return Err(Refusal::conflict("这份表单已经提交过。").into());
        }
        Ok(tx)
    }

    /// Notes in the audit trail that this person is shown personal data in full: which fields of which record, and why.
    /// Call it before the data is shown; it is durable when this returns. Do not call it while a [`Tx`] that writes
    /// is open: on SQLite there is one writer at a time. Inside one, note [`store::audit::Entry::read`] instead.
    ///
    /// # Errors
    /// A fault if it cannot be written; then show nothing.
    pub async fn note_read(
        &self,
        object: &'static str,
        id: i64,
        fields: &[&str],
        reason: &str,
    ) -> Result<(), Fault> {
        let mut tx = self.app.db.begin_write().await?;
        tx.audit(store::audit::Entry::read(self.actor_id(), object, id, fields, reason));
        tx.commit().await
    }

    /// Makes the work durable together with the answer, then sends the browser to `location`.
    ///
    /// # Errors
    /// A fault if it cannot be made durable.
    pub async fn see_other(&self, mut tx: Tx, location: &str, done: &str) -> Reply {
        let kept = match &self.request_key {
            Some(key) => idempotency::keep(&mut tx, key, location).await,
            None => Ok(()),
        };
        let done_well = match kept {
            Ok(()) => tx.commit().await,
            Err(fault) => {
                drop(tx);
                Err(fault)
            }
        };
        if let Err(fault) = done_well {
            // PostgreSQL lets twins run side by side: the slower one meets the faster one's reply here, and gives it.
            let Some(key) = &self.request_key else { return Err(Failure(fault.into())) };
            let reply = idempotency::find(&mut self.begin_read().await?, key).await?;
            let reply = reply.filter(|reply| reply.route == key.route && reply.digest == key.digest);
            return reply.map(|reply| redirect(&reply.location, "")).ok_or(Failure(fault.into()));
        }
        // The browser keeps a draft until it is told that the form has arrived.
        let draft = self.pairs.iter().find(|(name, _)| name == "draft").map_or("", |(_, key)| key.as_str());
        Ok(redirect(location, &format!("{done}|{draft}")))
    }

    /// The file that came in that field; none if nothing was chosen. Where the installation has a daemon that looks for
    /// malicious files, it has looked.
    ///
    /// # Errors
    /// A refusal of that field if something was found; a fault if the daemon cannot be asked: nobody knows then, and the
    /// file is not taken.
    pub async fn upload(&self, field: &'static str) -> kernel::Result<Option<&Upload>> {
        let sent = self.uploads.iter().find(|upload| upload.field == field && !upload.bytes.is_empty());
        if let (Some(upload), Some(clamd)) = (sent, &self.app.settings.clamd)
            && let Some(found) = clamd.found(&upload.bytes).await?
        {
            tracing::warn!(found, "a file was refused");
            let words = format!(
                "这个文件里发现了有害内容（{found}），没有保存。请换一个文件，并检查您的电脑或者手机。"
            );
            return Err(Refusal::fields(vec![kernel::FieldError::new(field, words)]).into());
        }
        Ok(sent)
    }

    /// An empty form, or one filled with what is known.
    #[must_use]
    pub fn form(&self, known: &[(&str, &str)]) -> Form {
        let pairs = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form::new(pairs, self.csrf.clone(), self.fresh_key.clone())
    }

    /// A form with fields known or carried along, to be sent in the session of that digest, which begins with this
    /// very answer.
    #[must_use]
    pub fn form_in_session(&self, session: &str, pairs: Vec<(String, String)>) -> Form {
        Form::new(
            pairs,
            crate::guard::form_token(self.app.db.keys(), &self.seed, session),
            self.fresh_key.clone(),
        )
    }

    /// A name for the browser that asks, for work that people do without an account: a digest of a secret that only the
    /// browser holds. It is another browser after [`forgotten`].
    #[must_use]
    pub fn browser(&self) -> String {
        store::audit::hex(&Sha256::digest(format!("browser|{}", self.seed)))
    }

    /// The device cookie of a browser that is bound with a PIN, not just known.
    #[must_use]
    pub fn bound_device(&self) -> Option<&str> {
        self.device.as_deref().filter(|token| token.starts_with("b."))
    }

    /// When an action was refused: the same page with the message and everything that was typed.
    /// A fault passes through.
    ///
    /// # Errors
    /// The fault, or the answer to a doubled request.
    pub fn refused(&self, error: Error, form: &mut Form) -> Result<(), Failure> {
        match error {
            Error::Refused(refusal) if self.replay.get().is_none() => {
                form.refuse(refusal);
                Ok(())
            }
            Error::Fault(fault) if fault.kind() == FaultKind::Dangling && self.replay.get().is_none() => {
                tracing::warn!(fault = %fault, "a form names what is not there");
                form.refuse(Refusal::new(Kind::Conflict, GONE));
                Ok(())
            }
            other => Err(Failure(other)),
        }
    }

    /// An absolute address of a public page, for QR codes.
    #[must_use]
    pub fn public_url(&self, path: &str) -> String {
        format!("{}{path}", self.app.settings.public_url)
    }

    /// An absolute address of a staff page, for invitations.
    #[must_use]
    pub fn staff_url(&self, path: &str) -> String {
        format!("{}{path}", self.app.settings.staff_url)
    }

    /// A page that only says something, with a way on.
    ///
    /// # Errors
    /// A fault if it cannot be rendered.
    pub fn notice(&self, title: &str, text: &str, href: &str, label: &str) -> Result<Page, Failure> {
        crate::shell::notice(title, text, href, label)
    }
}

/// Sends the browser elsewhere, and lets it lose what [`Ctx::browser`] knows it by.
#[must_use]
pub fn forgotten(location: &'static str) -> Response {
    let mut response = redirect(location, "");
    set_cookie(response.headers_mut(), &format!("{SEED}=; Path=/; Max-Age=0"));
    response
}

/// Sends the browser on with a message shown once.
#[must_use]
pub(crate) fn redirect(location: &str, done: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers
        .insert(header::LOCATION, HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/")));
    if !done.is_empty() && done != "|" {
        let text: String = form_urlencoded::byte_serialize(done.as_bytes()).collect();
        let cookie = format!("farun_done={text}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    response
}
