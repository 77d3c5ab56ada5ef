//! Which hub a command talks to, and in whose name.

use std::path::PathBuf;

use clap::Args;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use mizzen_engine::operate::Actor;

use super::stop::Stop;

/// How to reach the hub.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Connection {
    /// Kubeconfig of the hub; without it, KUBECONFIG or ~/.kube/config
    #[arg(long, global = true)]
    pub(super) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig; without it, the current one
    #[arg(long, global = true)]
    pub(super) context: Option<String>,
    /// Namespace; without it, that of the context
    #[arg(short, long, global = true)]
    pub(super) namespace: Option<String>,
}

/// A client with the namespace that a command works in.
#[derive(Clone)]
pub(super) struct Hub {
    pub(super) client: Client,
    pub(super) namespace: String,
    pub(super) user: String,
    /// What the person calls the hub: the context, or the address.
    pub(super) name: String,
}

impl Connection {
    /// Connects; nothing is asked of the hub yet.
    pub(super) async fn open(&self) -> Result<Hub, Stop> {
        let file = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        let file = file.map_err(|why| {
            Stop::Failed(format!("{why}; name a hub's kubeconfig with --kubeconfig"))
        })?;
        let context = self.context.clone().or_else(|| file.current_context.clone());
        let user = file
            .contexts
            .iter()
            .find(|known| Some(&known.name) == context.as_ref())
            .and_then(|known| known.context.as_ref()?.user.clone())
            .unwrap_or_default();
        let options = KubeConfigOptions { context: self.context.clone(), ..Default::default() };
        let config = Config::from_custom_kubeconfig(file, &options).await;
        let mut config = config.map_err(|why| Stop::failed("reading the kubeconfig", why))?;
        // Whoever asks decides whether to ask again: a person at once, watches and the controller at
        // their own pace. A member that is down would hold each request for minutes otherwise.
        config.default_retry = false;
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let name = context.unwrap_or_else(|| config.cluster_url.to_string());
        Ok(Hub { client: Client::try_from(config)?, namespace, user, name })
    }
}

impl Hub {
    /// Who acts: the kubeconfig's user, and the login name of the person where there is one.
    pub(super) fn actor(&self, why: &str) -> Actor {
        let login = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
        let name = match login {
            Ok(login) if !login.is_empty() && login != self.user => {
                format!("{login} as {}", self.user)
            }
            _ => self.user.clone(),
        };
        Actor { name, why: why.to_owned() }
    }
}
