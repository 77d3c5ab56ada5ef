//! The border between the console and the clusters: clients to read with, and plans to write by.

use std::any::Any;

use futures::future::BoxFuture;
use kube::Client;

use crate::console::model::AppKey;
use crate::console::model::sheet::{PlanView, Verb};

/// A plan as it is shown, with what carries it out.
pub struct Prepared {
    /// As it is shown.
    pub view: PlanView,
    /// What carries it out; only the one who made it knows what it is.
    pub work: Box<dyn Any + Send>,
}

/// A hub with its members, as one person may use it.
pub trait World: Send + Sync {
    /// What the person calls the hub.
    fn name(&self) -> String;

    /// The hub.
    fn hub(&self) -> Client;

    /// A cluster by name; `local` is the hub.
    ///
    /// # Errors
    /// A sentence: there is no such cluster, or it cannot be used, and what to do.
    fn client(&self, cluster: &str) -> BoxFuture<'_, Result<Client, String>>;

    /// The members' names.
    ///
    /// # Errors
    /// A sentence: they cannot be listed.
    fn members(&self) -> BoxFuture<'_, Result<Vec<String>, String>>;

    /// Computes what a verb would do, about one revision or step where one was chosen.
    ///
    /// # Errors
    /// A sentence: it cannot be done.
    fn plan(
        &self,
        verb: Verb,
        key: AppKey,
        subject: Option<String>,
    ) -> BoxFuture<'_, Result<Prepared, String>>;

    /// Carries out a plan that was shown, for a reason; answers what was observed.
    ///
    /// # Errors
    /// A sentence with the new facts: the world moved, or a write was refused.
    fn run(&self, prepared: Prepared, reason: String) -> BoxFuture<'_, Result<String, String>>;
}
