//! A real hub: members through its gateway, plans from the engine's operations.
//!
//! Invariant: what is carried out is the intent that was shown; the engine's `test` operations refuse
//! it when the world moved.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use futures::future::BoxFuture;
use http::{Request, Uri};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ListParams, PartialObjectMeta};
use kube::client::Body;
use kube::{Api, Client, ResourceExt};
use mizzen_engine::operate::{self, Actor, Intent};
use mizzen_engine::render::Definitions;
use mizzen_oam::annotations::PUBLISH_VERSION;
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE, labels};

use super::world::{Prepared, Session, World};
use super::{exec, foresee, intent};
use crate::console::model::AppKey;
use crate::console::model::sheet::Verb;

/// A hub and its members.
pub struct Live {
    name: String,
    person: String,
    hub: Client,
    members: Mutex<HashMap<String, Client>>,
    plans: AtomicU64,
    builtin: OnceLock<Result<Definitions, String>>,
}

impl Live {
    /// A hub under the name that the person knows it by, used in a person's name.
    #[must_use]
    pub fn new(name: &str, person: &str, hub: Client) -> Self {
        Self {
            name: name.to_owned(),
            person: person.to_owned(),
            hub,
            members: Mutex::default(),
            plans: AtomicU64::new(1),
            builtin: OnceLock::new(),
        }
    }

    async fn intent(
        &self,
        verb: Verb,
        key: &AppKey,
        subject: Option<&str>,
    ) -> Result<Intent, String> {
        let said = |error: operate::OperateError| error.to_string();
        let app = operate::application(&self.hub, &key.namespace, &key.name).await.map_err(said)?;
        match verb {
            Verb::Approve => operate::approve(&app, subject).map_err(said),
            Verb::Hold => operate::hold(&app, None).map_err(said),
            Verb::Exec => Err("a shell is opened, not written".to_owned()),
            Verb::ReRun => match subject {
                None => operate::restart(&app).map_err(said),
                Some(step) => {
                    let spec = operate::spec(&self.hub, &app).await.map_err(said)?;
                    operate::restart_from(&app, &spec, step).map_err(said)
                }
            },
            Verb::Terminate => operate::terminate(&app).map_err(said),
            Verb::RollBack => {
                let history = operate::history(&self.hub, &app).await.map_err(said)?;
                operate::rollback(&app, &history, subject).map_err(said)
            }
            Verb::ReApply if app.metadata.annotation(PUBLISH_VERSION).is_empty() => {
                operate::restart(&app).map_err(said)
            }
            Verb::ReApply => {
                // A new version, or nothing would be delivered.
                let version = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
                operate::publish(&app, &version).map_err(said)
            }
            Verb::Allow => {
                let (plan, _) = operate::drift(&self.hub, &app).await.map_err(said)?;
                operate::allow(&app, &plan).map_err(said)
            }
            Verb::Repair => {
                let (plan, unread) = operate::drift(&self.hub, &app).await.map_err(said)?;
                operate::repair(&app, &plan, &unread).map_err(said)
            }
        }
    }

    async fn carry_out(&self, prepared: Prepared, reason: String) -> Result<String, String> {
        let intent = prepared.work.downcast::<Intent>();
        let intent = intent.map_err(|_| "this plan was made by another hub".to_owned())?;
        let actor = Actor { name: self.person.clone(), why: reason };
        let outcome = operate::carry_out(&self.hub, &intent, &actor, Timestamp::now()).await;
        let outcome = outcome.map_err(|error| error.to_string())?;
        let mut said = format!(
            "{} of {}: written and kept by the hub; what comes of it shows here",
            intent.verb.word(),
            intent.application()
        );
        for warning in outcome.warnings {
            said = format!("{said}; {warning}");
        }
        Ok(said)
    }
}

impl World for Live {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn hub(&self) -> Client {
        self.hub.clone()
    }

    fn client(&self, cluster: &str) -> BoxFuture<'_, Result<Client, String>> {
        let client = if matches!(cluster, "" | LOCAL_CLUSTER) {
            self.hub.clone()
        } else {
            let mut members = super::lock(&self.members);
            let through = || through_gateway(self.hub.clone(), cluster);
            members.entry(cluster.to_owned()).or_insert_with(through).clone()
        };
        Box::pin(async { Ok(client) })
    }

    fn members(&self) -> BoxFuture<'_, Result<Vec<String>, String>> {
        Box::pin(async {
            let api: Api<PartialObjectMeta<Secret>> =
                Api::namespaced(self.hub.clone(), SYSTEM_NAMESPACE);
            let list = ListParams::default().labels(labels::CLUSTER_CREDENTIAL_TYPE);
            let found = api.list(&list).await;
            let found = found.map_err(|error| format!("members cannot be listed: {error}"))?;
            Ok(found.items.iter().map(ResourceExt::name_any).collect())
        })
    }

    /// They are read when the first plan needs them.
    fn builtin(&self) -> Result<&Definitions, String> {
        let read = || Definitions::builtin().map_err(|error| error.to_string());
        self.builtin.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn plan(
        &self,
        verb: Verb,
        key: AppKey,
        subject: Option<String>,
    ) -> BoxFuture<'_, Result<Prepared, String>> {
        Box::pin(async move {
            if verb == Verb::Exec {
                let number = self.plans.fetch_add(1, Ordering::Relaxed);
                return exec::plan(self, number, key, &subject.unwrap_or_default(), Vec::new())
                    .await;
            }
            let intent = self.intent(verb, &key, subject.as_deref()).await?;
            let number = self.plans.fetch_add(1, Ordering::Relaxed);
            let foreseen = match self.builtin() {
                Ok(builtin) => foresee::foresee(self, &intent, builtin).await,
                Err(why) => Err(why),
            };
            Ok(Prepared { view: intent::view(number, &intent, &foreseen), work: Box::new(intent) })
        })
    }

    fn run(&self, prepared: Prepared, reason: String) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(self.carry_out(prepared, reason))
    }

    fn open<'a>(
        &'a self,
        prepared: &'a Prepared,
        reason: String,
        size: (u16, u16),
    ) -> BoxFuture<'a, Result<Session, String>> {
        Box::pin(async move {
            let wanted = prepared.work.downcast_ref::<exec::Wanted>();
            let wanted = wanted.ok_or_else(|| "this plan opens no shell".to_owned())?;
            exec::open(self, wanted, &format!("{}: {reason}", self.person), size).await
        })
    }

    fn closed<'a>(&'a self, prepared: &'a Prepared, how: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Some(wanted) = prepared.work.downcast_ref::<exec::Wanted>() {
                exec::note(self, wanted, "ShellClosed", &format!("{}: {how}", self.person)).await;
            }
        })
    }
}

/// A client whose every request goes to the hub, under the path that leads to a member.
fn through_gateway(hub: Client, cluster: &str) -> Client {
    let prefix = format!("/apis/cluster.core.oam.dev/v1alpha1/clustergateways/{cluster}/proxy");
    let service = tower::service_fn(move |mut request: Request<Body>| {
        let hub = hub.clone();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("{prefix}{path}").parse::<Uri>();
        async move {
            *request.uri_mut() = uri.map_err(|error| kube::Error::HttpError(error.into()))?;
            hub.send(request).await
        }
    });
    Client::new(service, "default")
}
