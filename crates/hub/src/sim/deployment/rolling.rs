//! How many pods each ReplicaSet should have: rolling updates, recreation, scaling in proportion.

use std::sync::Arc;

use serde_json::Value;

use super::{DESIRED, MAXIMUM, View, spec_replicas, status_of};
use crate::json::{meta, text};
use crate::sim::object::active;
use crate::sim::plan::Plan;
use crate::sim::world::Kind;

impl View<'_> {
    /// One step of a rolling update; true when a write is needed before the next.
    pub(super) fn roll(&self, plan: &mut Plan) -> bool {
        if self.ensure_new(plan) {
            return true;
        }
        let Some(new) = &self.new else { return false };
        let wanted = self.new_replicas(spec_replicas(new));
        if self.scale_if(new, wanted, plan) {
            return true;
        }
        self.shrink_old(new, plan)
    }

    /// One step of a recreation: the old pods go before the new ones come.
    pub(super) fn recreate(&self, plan: &mut Plan) -> bool {
        let mut scaled = false;
        for set in self.old.iter().filter(|set| spec_replicas(set) > 0) {
            scaled |= self.scale_set(set, 0, plan);
        }
        if scaled {
            return true;
        }
        let pods = |set: &Arc<Value>| self.ctx.world.controlled(meta(set, "uid"), Kind::Pod);
        let left = self.old.iter().flat_map(pods).any(|pod| {
            !matches!(text(&pod, &["status", "phase"]), "Succeeded" | "Failed") || active(&pod)
        });
        if left {
            return false;
        }
        if self.ensure_new(plan) {
            return true;
        }
        self.new.as_ref().is_some_and(|new| self.scale_if(new, self.replicas(), plan))
    }

    fn scale_if(&self, set: &Value, wanted: i64, plan: &mut Plan) -> bool {
        spec_replicas(set) != wanted && self.scale_set(set, wanted, plan)
    }

    fn total(&self) -> i64 {
        self.all().map(|set| spec_replicas(set)).sum()
    }

    /// What the new ReplicaSet may have, given what it has.
    pub(super) fn new_replicas(&self, present: i64) -> i64 {
        let replicas = self.replicas();
        if !self.rolling() || present > replicas {
            return replicas;
        }
        let room = replicas + self.bounds().0 - self.total();
        if room <= 0 { present } else { present + room.min(replicas - present) }
    }

    /// Takes pods from old ReplicaSets: unhealthy ones first, then healthy ones that are not needed.
    fn shrink_old(&self, new: &Value, plan: &mut Plan) -> bool {
        let minimum = self.replicas() - self.max_unavailable();
        let new_missing = spec_replicas(new) - status_of(new, "availableReplicas");
        let mut room = self.total() - minimum - new_missing;
        if room <= 0 {
            return false;
        }
        let mut sizes: Vec<i64> = self.old.iter().map(|set| spec_replicas(set)).collect();
        for (set, size) in self.old.iter().zip(&mut sizes) {
            let unhealthy = (*size - status_of(set, "availableReplicas")).max(0);
            let cut = unhealthy.min(room);
            *size -= cut;
            room -= cut;
        }
        let available: i64 = self.all().map(|set| status_of(set, "availableReplicas")).sum();
        let mut spare = available - minimum;
        for size in &mut sizes {
            let cut = (*size).min(spare.max(0));
            *size -= cut;
            spare -= cut;
        }
        let mut scaled = false;
        for (set, size) in self.old.iter().zip(sizes) {
            scaled |= self.scale_if(set, size, plan);
        }
        scaled
    }

    /// Whether somebody changed the number of replicas since the ReplicaSets were last sized.
    pub(super) fn is_scaling(&self) -> bool {
        self.all().filter(|set| spec_replicas(set) > 0).any(|set| {
            let desired = text(set, &["metadata", "annotations", DESIRED]).parse::<i64>();
            desired.is_ok_and(|desired| desired != self.replicas())
        })
    }

    /// Scales to the wanted number without changing templates; true when that is a write.
    pub(super) fn scale(&self, plan: &mut Plan) -> bool {
        let active: Vec<&Arc<Value>> = self.all().filter(|set| spec_replicas(set) > 0).collect();
        let only = match active.as_slice() {
            [] => self.new.as_ref().or_else(|| self.old.last()),
            [one] => Some(*one),
            _ => None,
        };
        if let Some(set) = only {
            return self.scale_set(set, self.replicas(), plan);
        }
        let saturated = self.new.as_ref().is_some_and(|new| self.is_saturated(new));
        if saturated {
            let mut scaled = false;
            for set in self.old.iter().filter(|set| spec_replicas(set) > 0) {
                scaled |= self.scale_set(set, 0, plan);
            }
            return scaled;
        }
        self.rolling() && self.scale_in_proportion(&active, plan)
    }

    fn is_saturated(&self, new: &Value) -> bool {
        let replicas = self.replicas();
        let desired = text(new, &["metadata", "annotations", DESIRED]).parse::<i64>();
        spec_replicas(new) == replicas
            && desired.is_ok_and(|desired| desired == replicas)
            && status_of(new, "availableReplicas") == replicas
    }

    fn scale_in_proportion(&self, active: &[&Arc<Value>], plan: &mut Plan) -> bool {
        let allowed = if self.replicas() > 0 { self.replicas() + self.bounds().0 } else { 0 };
        let total: i64 = active.iter().map(|set| spec_replicas(set)).sum();
        let to_add = allowed - total;
        let mut order = active.to_vec();
        order.sort_by(|a, b| {
            let size = spec_replicas(b).cmp(&spec_replicas(a));
            let age = meta(a, "creationTimestamp").cmp(meta(b, "creationTimestamp"));
            size.then(if to_add > 0 { age.reverse() } else { age })
        });
        let mut added = 0;
        let mut sizes: Vec<i64> = Vec::new();
        for set in &order {
            let share = if to_add == 0 { 0 } else { self.share(set, allowed, to_add, added) };
            sizes.push((spec_replicas(set) + share).max(0));
            added += share;
        }
        if let Some(first) = sizes.first_mut() {
            *first = (*first + to_add - added).max(0);
        }
        let mut scaled = false;
        for (set, size) in order.iter().zip(sizes) {
            scaled |= self.scale_set(set, size, plan);
        }
        scaled
    }

    /// The part of the difference that falls on a ReplicaSet.
    fn share(&self, set: &Value, allowed: i64, to_add: i64, added: i64) -> i64 {
        let size = spec_replicas(set);
        let before = text(set, &["metadata", "annotations", MAXIMUM]).parse::<i64>().unwrap_or(0);
        let before = if before > 0 { before } else { allowed };
        let wanted = round_div(size * allowed, before) - size;
        let left = to_add - added;
        if to_add > 0 { wanted.min(left) } else { wanted.max(left) }
    }
}

/// Division rounded to the nearest, halves away from zero.
fn round_div(a: i64, b: i64) -> i64 {
    if b == 0 { 0 } else { (2 * a + b).div_euclid(2 * b) }
}
