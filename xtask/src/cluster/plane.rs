//! Starting and stopping the genuine fleet: one etcd, and per cluster an API server, a controller
//! manager and kwok. Everything listens on loopback and ends with the guard that started it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{keys, ports};

/// How long a program may take until it answers.
const PATIENCE: Duration = Duration::from_secs(120);

/// The users of the fleet; the token of each is `<name>-token`. All may do everything: rights are
/// the business of the scenarios, which make their own.
const USERS: &[&str] = &["admin", "console", "engine", "cli", "author", "kwok"];

/// What every cluster gets: a node to run pods on, and the policy that binds pods to it, since no
/// scheduler runs here.
const OBJECTS: &str = include_str!("objects.yaml");

/// A running fleet; dropping it stops every program.
pub(crate) struct Fleet {
    programs: Vec<Child>,
}

/// Where one cluster's programs live and listen.
struct Place<'a> {
    bin: &'a Path,
    folder: PathBuf,
    name: &'a str,
    etcd: u16,
    secure: u16,
    manager: u16,
    kwok: u16,
}

impl Fleet {
    /// Starts all clusters and returns when each answers and has its node.
    pub(crate) fn start(bin: &Path, folder: &Path, clusters: &[&str]) -> Result<Self> {
        let free = ports::free(2 + 3 * clusters.len())?;
        let mut fleet = Self { programs: Vec::new() };
        fleet.etcd(bin, folder, free[0], free[1])?;
        let places: Vec<_> = clusters
            .iter()
            .zip(free[2..].chunks_exact(3))
            .map(|(name, ports)| Place::new(bin, folder, name, free[0], ports))
            .collect();
        // All servers first: they take the longest until they answer.
        for place in &places {
            fleet.server(place)?;
            kubeconfig(place, folder)?;
        }
        for place in &places {
            fleet.controllers(place)?;
        }
        Ok(fleet)
    }

    fn etcd(&mut self, bin: &Path, folder: &Path, client: u16, peer: u16) -> Result<()> {
        let mut etcd = Command::new(bin.join("etcd"));
        etcd.arg("--data-dir").arg(folder.join("etcd"));
        etcd.arg("--unsafe-no-fsync").arg("--log-level=error");
        for flag in ["--listen-client-urls", "--advertise-client-urls"] {
            etcd.arg(format!("{flag}=http://127.0.0.1:{client}"));
        }
        for flag in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
            etcd.arg(format!("{flag}=http://127.0.0.1:{peer}"));
        }
        etcd.arg(format!("--initial-cluster=default=http://127.0.0.1:{peer}"));
        self.spawn(etcd, &folder.join("etcd.log"))
    }

    fn server(&mut self, place: &Place<'_>) -> Result<()> {
        std::fs::create_dir_all(&place.folder).context("making a cluster's folder")?;
        keys::write(&place.folder)?;
        let tokens: String = USERS
            .iter()
            .map(|user| format!("{user}-token,{user},{user},system:masters\n"))
            .collect();
        std::fs::write(place.folder.join("tokens.csv"), tokens).context("writing tokens")?;
        let file = |name: &str| place.folder.join(name).display().to_string();
        let mut server = Command::new(place.bin.join("kube-apiserver"));
        server.args([
            format!("--etcd-servers=http://127.0.0.1:{}", place.etcd),
            format!("--etcd-prefix=/{}", place.name),
            format!("--secure-port={}", place.secure),
            "--bind-address=127.0.0.1".into(),
            "--advertise-address=127.0.0.1".into(),
            "--endpoint-reconciler-type=none".into(),
            format!("--tls-cert-file={}", file("server.crt")),
            format!("--tls-private-key-file={}", file("server.key")),
            "--service-account-issuer=https://kubernetes.default.svc".into(),
            format!("--service-account-key-file={}", file("sa.pub")),
            format!("--service-account-signing-key-file={}", file("sa.key")),
            format!("--token-auth-file={}", file("tokens.csv")),
            "--authorization-mode=RBAC".into(),
            "--service-cluster-ip-range=10.0.0.0/16".into(),
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition".into(),
            "--allow-privileged=true".into(),
        ]);
        self.spawn(server, &place.folder.join("kube-apiserver.log"))
    }

    fn controllers(&mut self, place: &Place<'_>) -> Result<()> {
        let config = place.config();
        self.until_ready(place)?;
        place.apply(OBJECTS)?;
        let mut manager = Command::new(place.bin.join("kube-controller-manager"));
        manager.arg("--kubeconfig").arg(&config);
        manager.args([
            format!("--secure-port={}", place.manager),
            "--bind-address=127.0.0.1".into(),
            "--leader-elect=false".into(),
            format!("--service-account-private-key-file={}", place.folder.join("sa.key").display()),
            format!("--root-ca-file={}", place.folder.join("ca.crt").display()),
            "--use-service-account-credentials=false".into(),
            concat!(
                "--controllers=*,-node-ipam-controller,-node-lifecycle-controller,",
                "-node-route-controller,-service-lb-controller,-cloud-node-lifecycle-controller,",
                "-taint-eviction-controller"
            )
            .into(),
        ]);
        self.spawn(manager, &place.folder.join("kube-controller-manager.log"))?;
        let mut kwok = Command::new(place.bin.join("kwok"));
        kwok.arg("--kubeconfig").arg(&config).arg("-c").arg(place.bin.join("stages.yaml"));
        kwok.args(["--manage-all-nodes=true", "--node-lease-duration-seconds=0"]);
        kwok.arg(format!("--server-address=127.0.0.1:{}", place.kwok));
        self.spawn(kwok, &place.folder.join("kwok.log"))
    }

    /// Asks until the server says that it is ready, at a pace that leaves it the processor; a program
    /// that ended meanwhile is the error.
    fn until_ready(&mut self, place: &Place<'_>) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            for program in &mut self.programs {
                if let Some(status) = program.try_wait().context("looking after a program")? {
                    bail!(
                        "a program ended with {status}; see the logs in {}",
                        place.folder.display()
                    );
                }
            }
            let mut ask = place.kubectl();
            ask.args(["get", "--raw", "/readyz"]).stdout(Stdio::null()).stderr(Stdio::null());
            if ask.status().context("starting kubectl")?.success() {
                return Ok(());
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
        bail!("{} did not become ready; see {}", place.name, place.folder.display())
    }

    fn spawn(&mut self, mut command: Command, log: &Path) -> Result<()> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = File::create(log).with_context(|| format!("making the log of {name}"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        self.programs.push(child);
        Ok(())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            // A program that has already ended cannot be killed; either way it is gone.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl<'a> Place<'a> {
    fn new(bin: &'a Path, folder: &Path, name: &'a str, etcd: u16, ports: &[u16]) -> Self {
        let (secure, manager, kwok) = (ports[0], ports[1], ports[2]);
        Self { bin, folder: folder.join(name), name, etcd, secure, manager, kwok }
    }

    fn config(&self) -> PathBuf {
        self.folder.with_extension("kubeconfig")
    }

    fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(self.bin.join("kubectl"));
        kubectl.arg("--kubeconfig").arg(self.config());
        kubectl
    }

    fn apply(&self, objects: &str) -> Result<()> {
        let path = self.folder.join("objects.yaml");
        std::fs::write(&path, objects).context("writing the cluster's first objects")?;
        let start = Instant::now();
        loop {
            let mut apply = self.kubectl();
            apply.arg("apply").arg("--server-side").arg("-f").arg(&path);
            let output = apply.output().context("starting kubectl")?;
            if output.status.success() {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                bail!("{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
            }
            std::thread::park_timeout(Duration::from_millis(200));
        }
    }
}

/// `<folder>/<cluster>.kubeconfig`, as the user `admin`.
fn kubeconfig(place: &Place<'_>, folder: &Path) -> Result<()> {
    let name = place.name;
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {name}\n\
         clusters:\n- name: {name}\n  cluster:\n    server: https://127.0.0.1:{}\n    \
         certificate-authority: {}\n\
         users:\n- name: admin\n  user:\n    token: admin-token\n\
         contexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: admin\n",
        place.secure,
        place.folder.join("ca.crt").display(),
    );
    std::fs::write(folder.join(format!("{name}.kubeconfig")), text).context("writing a kubeconfig")
}
