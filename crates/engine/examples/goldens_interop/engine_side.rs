//! Our side of a scenario: definitions, CRDs and the controller on a fresh hub. The one place that
//! knows how the engine is started.

use mizzen_hub::Hub;

/// A running controller; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Running;

/// Installs CRDs and definitions on the hub and starts the controller.
pub(crate) async fn start(_hub: &Hub) -> Result<Running, String> {
    Err("not built: the controller".to_owned())
}
