//! Pages of accounts, log-in and the audit trail.

pub(crate) mod account;
pub(crate) mod account_form;
pub(crate) mod accounts;
pub(crate) mod administrators;
pub(crate) mod audit;
pub(crate) mod audit_head;
pub(crate) mod cookies;
pub(crate) mod desk;
pub(crate) mod invitations;
pub(crate) mod jobs;
pub(crate) mod join;
pub(crate) mod locks;
pub(crate) mod login;
pub(crate) mod matrix;
pub(crate) mod me;
pub(crate) mod methods;
pub(crate) mod second_factor;
pub(crate) mod security;
pub(crate) mod setup;
pub(crate) mod terms;
pub(crate) mod unused;
