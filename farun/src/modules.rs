//! The list of modules, lowest first.

use web::Module;

/// Every module of the product.
#[must_use]
pub fn modules() -> Vec<Module> {
    vec![
        crate::jobs::module(),
        imports::module(),
        places::module(),
        parties::module(),
        counsel::module(),
        identity::module(),
        outreach::module(),
        documents::module(),
        stations::module(),
        advisers::module(),
        legal_aid::module(),
        statistics::module(),
        returns::module(),
        portal::module(),
    ]
}

/// One OpenAPI document for all modules.
#[must_use]
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    let info = utoipa::openapi::InfoBuilder::new()
        .title("法润 Farun")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Public legal service platform of a district: stations, villages with their advisers, services, figures."))
        .build();
    let mut doc = utoipa::openapi::OpenApiBuilder::new().info(info).build();
    for part in [stations::openapi(), advisers::openapi(), statistics::openapi(), portal::openapi()] {
        doc.merge(part);
    }
    doc
}
