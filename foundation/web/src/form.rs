//! Forms: what was typed is kept, every error is told beside its field and at the top, input is read leniently.

use crate::{
    context::Ctx,
    html::{Html, escape},
    reply::Failure,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use kernel::{FieldError, Id, Refusal};
use std::fmt::{Display, Write as _};

/// A form: the pairs that came or are known, and what is wrong with them.
#[derive(Debug, Clone)]
pub struct Form {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
    message: Option<String>,
    status: Option<u16>,
    csrf: String,
    key: String,
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let key = ctx.request_key.as_ref().map_or_else(|| ctx.fresh_key.clone(), |key| key.key.clone());
        Ok(Self::new(ctx.pairs.clone(), ctx.csrf.clone(), key))
    }
}

impl Form {
    pub(crate) fn new(pairs: Vec<(String, String)>, csrf: String, key: String) -> Self {
        Self { pairs, errors: Vec::new(), message: None, status: None, csrf, key }
    }

    /// The value of a field without surrounding blanks; empty if absent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }

    /// The value as it was sent, spaces and all: for passwords.
    #[must_use]
    pub fn verbatim(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.trim()).collect()
    }

    /// Whether that value of the field is among those sent.
    #[must_use]
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(n, v)| n == name && v == value)
    }

    /// Every pair, for forms that carry another form along.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Sets a value, replacing what was there.
    pub fn set(&mut self, name: &str, value: &str) {
        self.pairs.retain(|(n, _)| n != name);
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    /// Notes an error beside a field.
    pub fn error(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field.to_owned(), message));
    }

    /// The value, with an error noted if it is empty.
    pub fn need(&mut self, name: &str, message: &str) -> String {
        let value = self.get(name).to_owned();
        if value.is_empty() {
            self.error(name, message);
        }
        value
    }

    /// The value if it is not longer than `max` characters; else an error is noted.
    pub fn text(&mut self, name: &str, max: usize) -> String {
        let value = self.get(name).to_owned();
        if value.chars().count() > max {
            self.error(name, format!("请控制在 {max} 个字以内（现在 {} 个字）", value.chars().count()));
        }
        value
    }

    /// The parsed value; an error is noted if it is there but cannot be parsed. Nothing if it is empty.
    pub fn parse<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.get(name).to_owned();
        if value.is_empty() {
            return None;
        }
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.error(name, error.to_string());
                None
            }
        }
    }

    /// The id a field holds; an error is noted if something else is there.
    pub fn id<T>(&mut self, name: &str, message: &str) -> Option<Id<T>> {
        self.parse(name, |text| text.parse::<Id<T>>().map_err(|_| message.to_owned()))
    }

    /// The ids of a field with several values; unreadable ones are noted.
    pub fn ids<T>(&mut self, name: &str, message: &str) -> Vec<Id<T>> {
        let parsed: Vec<Option<Id<T>>> =
            self.all(name).into_iter().filter(|v| !v.is_empty()).map(|v| v.parse().ok()).collect();
        if parsed.iter().any(Option::is_none) {
            self.error(name, message);
        }
        parsed.into_iter().flatten().collect()
    }

    /// Refuses if errors were noted.
    ///
    /// # Errors
    /// The refusal with all fields.
    pub fn check(&mut self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Refusal::fields(std::mem::take(&mut self.errors)))
    }

    /// Takes over what an action refused.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.status = Some(refusal.status());
        if refusal.fields.is_empty() {
            self.message = Some(refusal.message);
        }
        self.errors.extend(refusal.fields);
    }

    /// The status the page answers with, once something was refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Everything that is wrong, for answers without a page; what belongs to no field has an empty one.
    pub(crate) fn errors(&self) -> Vec<FieldError> {
        let message = self.message.iter().map(|message| FieldError::new("", message.clone()));
        message.chain(self.errors.iter().cloned()).collect()
    }

    fn error_of(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }

    /// The summary of errors, for the top of the page; nothing if there are none.
    #[must_use]
    pub fn summary(&self) -> Html {
        if self.errors.is_empty() && self.message.is_none() {
            return Html::default();
        }
        let mut html =
            String::from(r#"<div class="error-summary" role="alert" tabindex="-1" aria-labelledby="es">"#);
        match &self.message {
            Some(message) => write!(html, r#"<h2 id="es">{}</h2>"#, escape(message)).ok(),
            None => write!(html, r#"<h2 id="es">有 {} 处需要改正</h2>"#, self.errors.len()).ok(),
        };
        html.push_str("<ul>");
        for error in &self.errors {
            write!(html, r##"<li><a href="#{}">{}</a></li>"##, escape(&error.field), escape(&error.message))
                .ok();
        }
        html.push_str("</ul></div>");
        Html(html)
    }

    /// The hidden fields of every form: form token and request key.
    #[must_use]
    pub fn hidden(&self) -> Html {
        Html(format!(
            r#"<input type="hidden" name="csrf" value="{}"><input type="hidden" name="idempotency_key" value="{}">"#,
            escape(&self.csrf),
            escape(&self.key)
        ))
    }

    /// The form token alone, for small forms of one button.
    #[must_use]
    pub fn token(&self) -> Html {
        Html(format!(r#"<input type="hidden" name="csrf" value="{}">"#, escape(&self.csrf)))
    }

    /// Everything typed as hidden fields, except the named ones.
    #[must_use]
    pub fn carry(&self, except: &[&str]) -> Html {
        let mut html = String::new();
        for (name, value) in &self.pairs {
            if name != "csrf" && !except.contains(&name.as_str()) {
                write!(html, r#"<input type="hidden" name="{}" value="{}">"#, escape(name), escape(value))
                    .ok();
            }
        }
        Html(html)
    }

    fn frame(&self, name: &str, label: &str, hint: &str, control: &str) -> Html {
        let error = self.error_of(name);
        let mut html = String::new();
        write!(
            html,
            r#"<div class="field{}"><label for="{name}">{}</label>"#,
            if error.is_some() { " has-error" } else { "" },
            label_html(label)
        )
        .ok();
        if !hint.is_empty() {
            write!(html, r#"<p class="hint" id="{name}-hint">{}</p>"#, escape(hint)).ok();
        }
        if let Some(error) = error {
            write!(html, r#"<p class="field-error" id="{name}-error">{}</p>"#, escape(error)).ok();
        }
        html.push_str(control);
        html.push_str("</div>");
        Html(html)
    }

    fn described(&self, name: &str, hint: &str) -> String {
        let mut ids = Vec::new();
        if !hint.is_empty() {
            ids.push(format!("{name}-hint"));
        }
        let mut html = String::new();
        if self.error_of(name).is_some() {
            ids.push(format!("{name}-error"));
            html.push_str(r#" aria-invalid="true""#);
        }
        if !ids.is_empty() {
            write!(html, r#" aria-describedby="{}""#, ids.join(" ")).ok();
        }
        html
    }

    /// A line of input. `attributes` are written as they are: `type='tel' class='w-m'`.
    #[must_use]
    pub fn input(&self, name: &str, label: &str, hint: &str, attributes: &str) -> Html {
        let kind = if attributes.contains("type=") { "" } else { r#" type="text""# };
        let value = if attributes.contains("type='password'") { "" } else { self.get(name) };
        let control = format!(
            r#"<input id="{name}" name="{name}"{kind} value="{}" {attributes}{}>"#,
            escape(value),
            self.described(name, hint)
        );
        self.frame(name, label, hint, &control)
    }

    /// Several lines of input.
    #[must_use]
    pub fn textarea(&self, name: &str, label: &str, hint: &str, rows: u32) -> Html {
        let control = format!(
            r#"<textarea id="{name}" name="{name}" rows="{rows}"{}>{}</textarea>"#,
            self.described(name, hint),
            escape(self.get(name))
        );
        self.frame(name, label, hint, &control)
    }

    /// A list to choose one from: pairs of value and label. An empty first choice asks to choose.
    #[must_use]
    pub fn select(&self, name: &str, label: &str, hint: &str, options: &[(String, String)]) -> Html {
        let mut control = format!(
            r#"<select id="{name}" name="{name}"{}><option value="">请选择</option>"#,
            self.described(name, hint)
        );
        for (value, text) in options {
            let selected = if self.get(name) == value { " selected" } else { "" };
            write!(control, r#"<option value="{}"{selected}>{}</option>"#, escape(value), escape(text)).ok();
        }
        control.push_str("</select>");
        self.frame(name, label, hint, &control)
    }

    /// Big choices to tap; `kind` is `radio` or `checkbox`.
    #[must_use]
    pub fn chips(
        &self,
        name: &str,
        label: &str,
        hint: &str,
        kind: &str,
        options: &[(String, String)],
    ) -> Html {
        let error = self.error_of(name);
        let mut html = String::new();
        write!(
            html,
            r#"<fieldset class="field{}"><legend>{}</legend>"#,
            if error.is_some() { " has-error" } else { "" },
            label_html(label)
        )
        .ok();
        if !hint.is_empty() {
            write!(html, r#"<p class="hint" id="{name}-hint">{}</p>"#, escape(hint)).ok();
        }
        if let Some(error) = error {
            write!(html, r#"<p class="field-error" id="{name}-error">{}</p>"#, escape(error)).ok();
        }
        html.push_str(r#"<div class="chips">"#);
        for (index, (value, text)) in options.iter().enumerate() {
            let checked = if self.has(name, value) { " checked" } else { "" };
            let id = if index == 0 { name.to_owned() } else { format!("{name}-{index}") };
            write!(
                html,
                r#"<label class="chip"><input type="{kind}" id="{id}" name="{name}" value="{}"{checked}><span>{}</span></label>"#,
                escape(value),
                escape(text)
            )
            .ok();
        }
        html.push_str("</div></fieldset>");
        Html(html)
    }

    /// What is wrong with a field that the page draws itself, to stand beside it; nothing if all is well.
    #[must_use]
    pub fn beside(&self, name: &str) -> Html {
        let error = self.error_of(name).map(escape);
        Html(error.map_or(String::new(), |e| format!(r#"<p class="field-error" id="{name}-error">{e}</p>"#)))
    }

    /// A single yes-or-no box.
    #[must_use]
    pub fn checkbox(&self, name: &str, label: &str, hint: &str) -> Html {
        let checked = if self.get(name).is_empty() { "" } else { " checked" };
        let error = self.error_of(name).map_or(String::new(), |e| {
            format!(r#"<p class="field-error" id="{name}-error">{}</p>"#, escape(e))
        });
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!(r#" <span class="hint">{}</span>"#, escape(hint))
        };
        Html(format!(
            r#"<div class="field">{error}<label class="choice"><input type="checkbox" id="{name}" name="{name}" value="1"{checked}><span>{}{hint}</span></label></div>"#,
            label_html(label)
        ))
    }

    /// A field with suggestions from the server while typing; without script it is plain text that the server reads.
    #[must_use]
    pub fn combobox(&self, name: &str, label: &str, hint: &str, source: &str) -> Html {
        let text = format!("{name}_text");
        let control = format!(
            r#"<input id="{name}" name="{text}" value="{}" data-combobox data-source="{}" data-value="{name}" autocomplete="off"{}><input type="hidden" name="{name}" value="{}">"#,
            escape(self.get(&text)),
            escape(source),
            self.described(name, hint),
            escape(self.get(name))
        );
        self.frame(name, label, hint, &control)
    }
}

/// A label whose part in full-width brackets 选填 is set apart.
fn label_html(label: &str) -> String {
    match label.strip_suffix("（选填）") {
        Some(text) => format!(r#"{} <span class="optional">（选填）</span>"#, escape(text)),
        None => escape(label),
    }
}
