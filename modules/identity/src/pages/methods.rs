//! The ways to log in, as the log-in page offers them. Another way is another entry of [`METHODS`].

use askama::Template;
use web::{Failure, Form, Html};

/// What the log-in page knows when it asks each way for its part.
pub(crate) struct Offer {
    /// The form, with errors.
    pub(crate) form: Form,
    /// The name of the person to whom this browser is bound.
    pub(crate) bound_to: Option<String>,
}

/// A way to log in.
pub(crate) trait LogInMethod: Sync {
    /// Its part of the page; nothing where it cannot be used.
    fn part(&self, offer: &Offer) -> Result<Option<Html>, Failure>;
}

/// The ways there are, the quickest first.
pub(crate) const METHODS: &[&dyn LogInMethod] = &[&DevicePin, &Password];

/// What a log-in form carries along: where to go on, and a submission that met an ended session.
const OWN_FIELDS: &[&str] = &["username", "password", "pin", "code", "waiting", "idempotency_key"];

/// The six digits of a bound browser.
struct DevicePin;

#[derive(Template)]
#[template(path = "pages/method_pin.html")]
struct PinPart<'a> {
    form: &'a Form,
    name: &'a str,
    carried: Html,
}

impl LogInMethod for DevicePin {
    fn part(&self, offer: &Offer) -> Result<Option<Html>, Failure> {
        let Some(name) = &offer.bound_to else { return Ok(None) };
        let part = PinPart { form: &offer.form, name, carried: carried(&offer.form) };
        Ok(Some(Html(part.render()?)))
    }
}

/// Name and password.
struct Password;

#[derive(Template)]
#[template(path = "pages/method_password.html")]
struct PasswordPart<'a> {
    form: &'a Form,
    second: bool,
    carried: Html,
}

impl LogInMethod for Password {
    fn part(&self, offer: &Offer) -> Result<Option<Html>, Failure> {
        let part = PasswordPart {
            form: &offer.form,
            second: offer.bound_to.is_some(),
            carried: carried(&offer.form),
        };
        Ok(Some(Html(part.render()?)))
    }
}

/// The hidden fields that go with a log-in from step to step.
pub(crate) fn carried(form: &Form) -> Html {
    form.carry(OWN_FIELDS)
}
