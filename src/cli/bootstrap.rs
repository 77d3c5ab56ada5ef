//! What a hub needs before anything can be delivered: the CRDs of the group, the namespace of the
//! system, and the built-in definitions in it. Applied anew each time, so that an older hub is brought up to date.

use kube::Client;
use mizzen_engine::render::Definitions;
use mizzen_oam::SYSTEM_NAMESPACE;
use serde_json::{Value, json};

use super::apply::apply;
use super::stop::Stop;

/// Installs or updates everything. Fields that another controller's chart applied are left to it
/// unless `force`.
pub(super) async fn install(client: &Client, force: bool) -> Result<(), Stop> {
    namespace(client, force).await?;
    for crd in mizzen_oam::crd::all() {
        apply(client, "default", &crd, force).await?;
    }
    for definition in builtin()?.iter() {
        let object = definition.to_object(SYSTEM_NAMESPACE);
        apply(client, SYSTEM_NAMESPACE, &object, force).await?;
    }
    Ok(())
}

/// What a hub needs to store applications and to know its members; the rest may follow.
pub(super) async fn applications(client: &Client) -> Result<(), Stop> {
    namespace(client, true).await?;
    let kind = |crd: &Value| crd["spec"]["names"]["kind"] == "Application";
    for crd in mizzen_oam::crd::all().iter().filter(|crd| kind(crd)) {
        apply(client, "default", crd, true).await?;
    }
    Ok(())
}

async fn namespace(client: &Client, force: bool) -> Result<(), Stop> {
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": SYSTEM_NAMESPACE},
    });
    apply(client, "default", &namespace, force).await.map(drop)
}

/// The definitions in the binary.
pub(super) fn builtin() -> Result<Definitions, Stop> {
    Definitions::builtin().map_err(|why| Stop::failed("built-in definitions", why))
}
