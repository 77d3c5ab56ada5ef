//! What a hub needs before anything can be delivered: the CRDs of the group, the namespace of the
//! system, and the built-in definitions in it. Applied anew each time, so that an older hub is brought up to date.

use kube::Client;
use mizzen_engine::render::Definitions;
use mizzen_oam::SYSTEM_NAMESPACE;
use serde_json::json;

use super::apply::apply;
use super::stop::Stop;

/// Installs or updates everything. Fields that another controller's chart applied are left to it
/// unless `force`.
pub(super) async fn install(client: &Client, force: bool) -> Result<(), Stop> {
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": SYSTEM_NAMESPACE},
    });
    apply(client, "default", &namespace, force).await?;
    for crd in mizzen_oam::crd::all() {
        apply(client, "default", &crd, force).await?;
    }
    for definition in builtin()?.iter() {
        let object = definition.to_object(SYSTEM_NAMESPACE);
        apply(client, SYSTEM_NAMESPACE, &object, force).await?;
    }
    Ok(())
}

/// The definitions in the binary.
pub(super) fn builtin() -> Result<Definitions, Stop> {
    Definitions::builtin().map_err(|why| Stop::failed("built-in definitions", why))
}
