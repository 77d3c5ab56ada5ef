//! `mizzen controller`: the delivery engine without a face, on any hub.
//!
//! Only the holder of the lease delivers; the lease has upstream's name, so that the two controllers
//! never deliver side by side. An interrupt ends it between two writes and gives the lease back.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use kube::Client;
use mizzen_engine::control::{Controller, Features, Options};
use mizzen_engine::workflow::backoff::Patience;

use super::bootstrap;
use super::connect::{Connection, Hub};
use super::hub::interrupted;
use super::stop::Stop;

/// How the controller runs.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Install or update the CRDs and the built-in definitions first
    #[arg(long)]
    install: bool,
    /// With --install: take fields over that someone else applied
    #[arg(long, requires = "install")]
    force: bool,
    /// Applications that are looked at at a time
    #[arg(long, value_name = "N", default_value_t = Options::default().workers as u16,
          value_parser = clap::value_parser!(u16).range(1..))]
    concurrent_reconciles: u16,
    /// Revisions of an application that are kept besides the one in use
    #[arg(long, value_name = "N", alias = "application-revision-limit",
          default_value_t = Options::default().revision_limit as u16)]
    revision_limit: u16,
    /// Revisions of a definition that are kept besides the one in use
    #[arg(long, value_name = "N",
          default_value_t = Options::default().definition_revision_limit as u16)]
    definition_revision_limit: u16,
    /// Look at every application this often, whether or not anything calls for it
    #[arg(long, value_name = "SECONDS", alias = "application-re-sync-period",
          value_parser = clap::value_parser!(u64).range(10..))]
    re_sync_period: Option<u64>,
    /// The version that applications may require by app.oam.dev/controller-version-require
    #[arg(long, value_name = "VERSION", default_value_t = Options::default().version)]
    controller_version: String,
    /// What to turn on or off, by upstream's names, such as ZstdResourceTracker=true
    #[arg(long, value_name = "NAME=BOOL,...", default_value = "", value_parser = Features::parse)]
    feature_gates: Features,
    /// Errors of a workflow step, after the first one, after which it is given up
    #[arg(long, value_name = "N", default_value_t = Patience::default().errors)]
    max_workflow_step_error_retry_times: u32,
    /// Longest pause between two looks at a workflow that waits
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().wait_cap,
          value_parser = clap::value_parser!(i64).range(1..))]
    max_workflow_wait_backoff_time: i64,
    /// Longest pause between two looks at a workflow with a failed step
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().failed_cap,
          value_parser = clap::value_parser!(i64).range(1..))]
    max_workflow_failed_backoff_time: i64,
    /// Who holds the lease; without it, the host's name and random letters
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// Deliver without holding the lease; only where no other controller can be
    #[arg(long, conflicts_with = "identity")]
    no_lease: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Arguments {
    fn options(&self) -> Options {
        let identity = || self.identity.clone().unwrap_or_else(identity);
        Options {
            identity: (!self.no_lease).then(identity),
            workers: self.concurrent_reconciles.into(),
            revision_limit: self.revision_limit.into(),
            version: self.controller_version.clone(),
            definition_revision_limit: self.definition_revision_limit.into(),
            features: self.feature_gates,
            patience: Patience {
                errors: self.max_workflow_step_error_retry_times,
                wait_cap: self.max_workflow_wait_backoff_time,
                failed_cap: self.max_workflow_failed_backoff_time,
                ..Patience::default()
            },
            resync: self.re_sync_period.map(Duration::from_secs),
            ..Options::default()
        }
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    if arguments.install {
        bootstrap::install(&hub.client, arguments.force).await?;
    }
    ready(&hub).await?;
    let options = arguments.options();
    let whom = options.identity.as_deref().unwrap_or("without a lease");
    tracing::info!(hub = hub.name, identity = whom, "the controller runs until interrupted");
    let controller = controller(hub.client, options)?;
    let delivery = controller.clone().run();
    tokio::select! {
        ended = delivery => ended.map_err(Stop::from),
        asked = interrupted() => {
            asked?;
            tracing::info!("interrupted: giving the lease back");
            controller.step_down().await.map_err(Stop::from)
        }
    }
}

/// A controller by the time of this machine.
pub(super) fn controller(client: Client, options: Options) -> Result<Arc<Controller>, Stop> {
    let clock = Arc::new(Timestamp::now);
    Controller::new(client, options, clock).map(Arc::new).map_err(Stop::from)
}

/// Whether the hub serves what the controller looks at.
async fn ready(hub: &Hub) -> Result<(), Stop> {
    let group = hub.client.list_api_group_resources(mizzen_oam::V1BETA1).await;
    let served = match group {
        Ok(list) => list.resources.iter().any(|resource| resource.kind == "Application"),
        Err(kube::Error::Api(status)) if status.code == 404 => false,
        Err(other) => return Err(Stop::reaching(&hub.name, other)),
    };
    if served {
        return Ok(());
    }
    Err(Stop::Failed(format!(
        "hub {} does not serve applications yet; --install brings the kinds and the definitions",
        hub.name
    )))
}

/// The name of this host, and letters that no other process has.
fn identity() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}_{}", uuid::Uuid::new_v4())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_of_a_host_differ() {
        let (a, b) = (identity(), identity());
        assert_ne!(a, b);
        assert_eq!(a.rsplit_once('_').map(|x| x.0), b.rsplit_once('_').map(|x| x.0));
    }
}
