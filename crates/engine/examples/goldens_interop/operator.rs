//! The person at the command line of a scenario: which of our operations each command of upstream's
//! tool stands for.
//!
//! Commands that only read are passed over: what is compared is what is stored.

use http::{HeaderValue, Request, header};
use kube::Client;
use mizzen_engine::member::{Credential, Member, Membership};
use mizzen_engine::operate::{self, Found, Intent, Objects, Subject};
use mizzen_hub::Hub;
use mizzen_oam::Application;
use serde_json::{Map, Value, json};
use tower::ServiceBuilder;

use crate::engine_side;

/// Who the recordings' tool says that it is.
const AGENT: &str = "vela";

/// Carries out commands of upstream's tool with our operations.
pub(crate) struct Operator {
    client: Client,
    hub: Hub,
    namespace: String,
}

impl Operator {
    pub(crate) fn new(hub: &Hub, namespace: &str) -> Self {
        let named = ServiceBuilder::new().map_request(|mut request: Request<_>| {
            request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
            request
        });
        let client = Client::new(named.service(hub.root().service()), "default");
        Self { client, hub: hub.clone(), namespace: namespace.to_owned() }
    }

    /// Carries out one command; what has no counterpart yet is named in the error.
    pub(crate) async fn command(&self, command: &str) -> Result<(), String> {
        let (words, options) = parsed(command);
        let option = |name: &str| options.get(name).and_then(Value::as_str);
        match words.as_slice() {
            ["status" | "ls", ..]
            | ["revision" | "workflow", "list", ..]
            | ["cluster", "list" | "probe", ..] => Ok(()),
            ["workflow", verb, name] => self.workflow(verb, name, option("step")).await,
            ["up", name] => {
                let app = self.application(name).await?;
                let version = option("publish-version").unwrap_or_default();
                let intent = match option("revision") {
                    None => operate::publish(&app, version),
                    Some(revision) => {
                        let history = operate::history(&self.client, &app).await.map_err(text)?;
                        operate::republish(&app, &history, revision, version)
                    }
                };
                self.carry_out(intent.map_err(text)?).await
            }
            ["delete", name] => {
                let app = self.application(name).await?;
                self.carry_out(operate::remove(&app, Objects::Delete).map_err(text)?).await
            }
            ["cluster", "join", file] => {
                let member = member(file, option("name").unwrap_or_default())?;
                self.membership().join(&member).await.map_err(said)
            }
            ["cluster", "detach", name] => self.membership().detach(name).await.map_err(said),
            ["cluster", "labels", "add", name, labels] => self.label(name, labels).await,
            _ => Err(format!("not built: `vela {command}`")),
        }
    }

    async fn application(&self, name: &str) -> Result<Application, String> {
        operate::application(&self.client, &self.namespace, name).await.map_err(text)
    }

    /// Steers the application of that name, or the run without one.
    async fn workflow(&self, verb: &str, name: &str, step: Option<&str>) -> Result<(), String> {
        match operate::found(&self.client, &self.namespace, name).await.map_err(text)? {
            Found::Application(app) if verb == "rollback" => {
                let history = operate::history(&self.client, &app).await.map_err(text)?;
                self.carry_out(operate::rollback(&app, &history, None).map_err(text)?).await
            }
            Found::Application(app) => self.steer(verb, app.as_ref(), step).await,
            // Upstream's tool says that all went well, and writes nothing.
            Found::Run(run) if verb == "resume" && !run.status.suspend => Ok(()),
            Found::Run(run) => self.steer(verb, run.as_ref(), step).await,
        }
    }

    async fn steer<S: Subject>(
        &self,
        verb: &str,
        subject: &S,
        step: Option<&str>,
    ) -> Result<(), String> {
        let intent = match (verb, step) {
            ("resume", step) => operate::approve(subject, step),
            ("suspend", step) => operate::hold(subject, step),
            ("terminate", _) => operate::terminate(subject),
            ("restart", None) => operate::restart(subject),
            ("restart", Some(step)) => {
                let spec = operate::spec(&self.client, subject).await.map_err(text)?;
                operate::restart_from(subject, &spec, step)
            }
            (verb, _) => return Err(format!("not built: `vela workflow {verb}`")),
        };
        self.carry_out(intent.map_err(text)?).await
    }

    async fn carry_out<S: Subject>(&self, intent: Intent<S>) -> Result<(), String> {
        operate::write(&self.client, &intent, self.hub.root().clock().now())
            .await
            .map(drop)
            .map_err(text)
    }

    async fn label(&self, name: &str, labels: &str) -> Result<(), String> {
        let set = labels.split(',').filter_map(|pair| pair.split_once('='));
        let set = set.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        self.membership().label(name, &set, &[]).await.map_err(said)
    }

    fn membership(&self) -> Membership {
        Membership::new(self.client.clone(), AGENT)
    }
}

/// A member as its kubeconfig would say it: the recordings' are `$M1` and `$M2`.
fn member(file: &str, name: &str) -> Result<Member, String> {
    let endpoint = match file {
        "$M1" => engine_side::ENDPOINTS[0],
        "$M2" => engine_side::ENDPOINTS[1],
        file => return Err(format!("no kubeconfig {file}")),
    };
    let credential = Credential::Token("token".to_owned());
    Ok(Member {
        name: name.to_owned(),
        endpoint: endpoint.to_owned(),
        credential,
        ..Member::default()
    })
}

fn said(error: mizzen_engine::Error) -> String {
    error.to_string()
}

fn text(error: operate::OperateError) -> String {
    error.to_string()
}

/// Words, and options by name; `-n` and `-y` say nothing that is not known.
fn parsed(command: &str) -> (Vec<&str>, Map<String, Value>) {
    let (mut words, mut options) = (Vec::new(), Map::new());
    let mut rest = command.split_whitespace();
    while let Some(word) = rest.next() {
        match word.strip_prefix("--") {
            Some(name) => drop(options.insert(name.to_owned(), json!(rest.next()))),
            None if word == "-n" => drop(rest.next()),
            None if word.starts_with('-') => {}
            None => words.push(word),
        }
    }
    (words, options)
}
