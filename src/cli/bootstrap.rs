//! What a hub needs before anything can be delivered: the CRDs of the group, the namespace of the
//! system, and the built-in definitions in it. Applied anew each time, so that an older hub is brought up to date.

use std::time::Duration;

use http::Request;
use kube::Client;
use mizzen_engine::render::Definitions;
use mizzen_oam::SYSTEM_NAMESPACE;
use serde_json::{Value, json};

use super::apply::apply;
use super::stop::Stop;

/// Seconds until an installed kind is served at the latest.
const SERVED_WITHIN: u32 = 60;

/// Installs or updates everything. Fields that another controller's chart applied are left to it
/// unless `force`.
pub(super) async fn install(client: &Client, force: bool) -> Result<(), Stop> {
    namespace(client, force).await?;
    for crd in mizzen_oam::crd::all() {
        apply(client, "default", &crd, force).await?;
        served(client, &crd).await?;
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
        served(client, crd).await?;
    }
    Ok(())
}

/// Waits until a kind is served: for a moment after it is installed, a server is busy with its storage.
async fn served(client: &Client, crd: &Value) -> Result<(), Stop> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spec = &crd["spec"];
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let path = format!("/apis/{group}/{}/{plural}?limit=1", text(&spec["versions"][0]["name"]));
    let mut left = SERVED_WITHIN;
    loop {
        let request = Request::get(&path).body(Vec::new());
        let request = request.map_err(|why| Stop::failed(&plural, why))?;
        match client.request::<Value>(request).await {
            Err(kube::Error::Api(status)) if [404, 429].contains(&status.code) && left > 0 => {
                left -= 1;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            answer => return Ok(answer.map(drop)?),
        }
    }
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
