//! The HTTPS front: one port for the whole hub, HTTP/1.1 and HTTP/2, and a kubeconfig to reach it.
//!
//! Invariant: it adds nothing to the API; it only carries requests to the first cluster's service,
//! which knows the way to the others.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::error::HubError;
use crate::hub::HubInner;
use crate::pki::{self, ServingCertificate};
use crate::service::ClusterService;

/// A hub that is served on a port, until it is shut down or dropped.
pub struct Listener {
    hub: Arc<HubInner>,
    address: SocketAddr,
    authority: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn start(hub: Arc<HubInner>, address: SocketAddr) -> Result<Self, HubError> {
        let failed = |why: String| HubError::Listen { address: address.to_string(), why };
        let serving = pki::serving(hub.folder.as_deref(), &address.ip().to_string())?;
        let acceptor = acceptor(&serving).map_err(failed)?;
        let socket = TcpListener::bind(address).await.map_err(|e| failed(e.to_string()))?;
        let bound = socket.local_addr().map_err(|e| failed(e.to_string()))?;
        let (stop, stopped) = watch::channel(false);
        let service = ClusterService::for_listener(hub.clusters[0].inner.clone());
        let task = tokio::spawn(accept(socket, acceptor, service, stopped));
        Ok(Self { hub, address: bound, authority: serving.authority, stop, task })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the first cluster.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate authority of the listener, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// A kubeconfig (as YAML, which here is JSON) with a context for every cluster; the first one
    /// is current.
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig_for("kubernetes-admin", &self.hub.admin_token)
    }

    /// A kubeconfig for a user with a bearer token.
    pub fn kubeconfig_for(&self, user: &str, token: &str) -> String {
        let names: Vec<&str> = self.hub.clusters.iter().map(|c| c.name()).collect();
        let clusters: Vec<Value> = names.iter().map(|name| self.cluster_entry(name)).collect();
        let contexts: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "context": {"cluster": name, "user": user}}))
            .collect();
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": names.first(),
            "clusters": clusters,
            "contexts": contexts,
            "users": [{"name": user, "user": {"token": token}}],
        });
        serde_saphyr::to_string(&config).unwrap_or_else(|_| config.to_string())
    }

    /// Writes the administrator's kubeconfig to a file only its owner may read.
    pub fn write_kubeconfig(&self, path: &Path) -> Result<(), HubError> {
        pki::write_private(path, &self.kubeconfig()).map_err(|why| HubError::Credentials {
            path: path.to_owned(),
            action: "write the kubeconfig",
            why: why.to_string(),
        })
    }

    fn cluster_entry(&self, name: &str) -> Value {
        use base64::Engine as _;
        let authority = base64::engine::general_purpose::STANDARD.encode(&self.authority);
        let root = self.hub.clusters.first().is_some_and(|c| c.name() == name);
        let server = if root { self.url() } else { format!("{}/clusters/{name}", self.url()) };
        json!({
            "name": name,
            "cluster": {"server": server, "certificate-authority-data": authority},
        })
    }

    /// Stops listening and closes every connection.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Err(why) = (&mut self.task).await {
            tracing::warn!(%why, "the listener's task ended early");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn acceptor(serving: &ServingCertificate) -> Result<TlsAcceptor, String> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(serving.certificate.as_bytes())
        .map_err(|e| format!("serving certificate: {e}"))?;
    let key = PrivateKeyDer::from_pem_slice(serving.key.as_bytes())
        .map_err(|e| format!("serving key: {e}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(|e| e.to_string())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(
    socket: TcpListener,
    acceptor: TlsAcceptor,
    service: ClusterService,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let stream = tokio::select! {
            () = stop(&mut stopped) => return,
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(why) => {
                    tracing::debug!(%why, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        let connection = connection(stream, acceptor.clone(), service.clone());
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop(&mut stopped) => {}
                () = connection => {}
            }
        });
    }
}

/// Returns when the listener is shut down or gone.
async fn stop(stopped: &mut watch::Receiver<bool>) {
    if stopped.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("the listener is gone");
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, service: ClusterService) {
    if let Err(why) = converse(stream, acceptor, service).await {
        tracing::debug!(%why, "connection ended");
    }
}

async fn converse(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    service: ClusterService,
) -> Result<(), crate::body::BoxError> {
    stream.set_nodelay(true)?;
    let tls = acceptor.accept(stream).await?;
    let service = TowerToHyperService::new(service);
    auto::Builder::new(TokioExecutor::new())
        .serve_connection_with_upgrades(TokioIo::new(tls), service)
        .await
}
