//! Stories of the whole product: the article's quarter replayed, the routes and who may use them, the journeys
//! of its users in a real browser.

mod article;
mod browser_citizen;
mod browser_staff;
mod command_line;
mod desk;
mod routes;
mod schema;
mod world;
