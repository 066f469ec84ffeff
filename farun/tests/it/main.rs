//! Stories of the whole product: the article's quarter replayed, the routes and who may use them, the journeys
//! of its users in a real browser.

mod article;
mod attack;
mod audit_labels;
mod backup;
mod bench;
mod browser_aid;
mod browser_citizen;
mod browser_staff;
mod canary;
mod command_line;
mod desk;
mod histories;
mod install;
mod masking;
mod offline;
mod returns;
mod rotation;
mod routes;
mod schema;
mod upgrade;
mod world;
