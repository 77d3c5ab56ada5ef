//! Feature gates under the names that upstream's controller has them by.
//!
//! Invariant: a gate that is set does what it says or is refused; none is accepted in silence. Source:
//! `pkg/features/controller_features.go` of kubevela and of kubevela/workflow.

/// What may be turned on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// New trackers are packed by gzip.
    pub gzip_trackers: bool,
    /// New trackers are packed by zstd, whatever else is set.
    pub zstd_trackers: bool,
    /// Revisions that are written again are packed by gzip.
    pub gzip_revisions: bool,
    /// Revisions that are written again are packed by zstd, whatever else is set.
    pub zstd_revisions: bool,
    /// A run with a step that was given up waits for a person, instead of failing.
    pub suspend_on_failure: bool,
}

/// Gates that only tell upstream's controller how to work, not what comes of it; or whose work is that
/// of its webhooks, which are not ours.
const OF_NO_EFFECT: [&str; 9] = [
    "DisableBootstrapClusterInfo",
    "DisableWebhookAutoSchedule",
    "DisableWorkflowContextConfigMapCache",
    "EnableWatchEventListener",
    "InformerCacheFilterUnnecessaryFields",
    "LegacyResourceTrackerGC",
    "SharedDefinitionStorageForApplicationRevision",
    "ValidateComponentWhenSharding",
    "ValidateResourcesExist",
];

/// Gates that can only be as they are: what is done here.
const FIXED: [(&str, bool); 18] = [
    ("ApplyOnce", false),
    ("ApplyResourceByReplace", false),
    ("AuthenticateApplication", false),
    ("DeprecatedObjectLabelSelector", false),
    ("DeprecatedPolicySpec", false),
    ("DisableReferObjectsFromURL", false),
    ("EnableApplicationScopedPolicies", false),
    ("EnableApplicationStatusMetrics", false),
    ("EnableBackupWorkflowRecord", false),
    ("EnableCueValidation", false),
    ("EnableGlobalPolicies", false),
    ("EnablePatchStatusAtOnce", false),
    ("LegacyObjectTypeIdentifier", false),
    ("LegacyResourceOwnerValidation", false),
    ("MultiStageComponentApply", true),
    ("PreDispatchDryRun", true),
    ("ValidateDefinitionPermissions", false),
    ("ValidateUndeclaredParameters", false),
];

impl Features {
    /// Reads `Name=true,Other=false`.
    ///
    /// # Errors
    /// When a gate is unknown, cannot be set to that, or has no boolean.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut features = Self::default();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("missing bool value for feature gate {pair}"))?;
            let value = boolean(value.trim())
                .ok_or_else(|| format!("feature gate {name} is neither true nor false: {value}"))?;
            features.set(name.trim(), value)?;
        }
        Ok(features)
    }

    fn set(&mut self, name: &str, value: bool) -> Result<(), String> {
        if let Some(gate) = self.gate(name) {
            *gate = value;
            return Ok(());
        }
        match FIXED.iter().find(|(fixed, _)| *fixed == name) {
            Some((_, fixed)) if *fixed == value => Ok(()),
            Some(_) => Err(format!("feature gate {name} cannot be {value} here")),
            None if OF_NO_EFFECT.contains(&name) => Ok(()),
            None => Err(format!("unrecognized feature gate: {name}")),
        }
    }

    fn gate(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "GzipResourceTracker" => &mut self.gzip_trackers,
            "ZstdResourceTracker" => &mut self.zstd_trackers,
            "GzipApplicationRevision" => &mut self.gzip_revisions,
            "ZstdApplicationRevision" => &mut self.zstd_revisions,
            "EnableSuspendOnFailure" => &mut self.suspend_on_failure,
            _ => return None,
        })
    }

    /// How new trackers are packed; empty for not at all.
    #[must_use]
    pub fn tracker_packing(self) -> &'static str {
        packing(self.gzip_trackers, self.zstd_trackers)
    }

    /// How revisions are packed that are written again; empty for not at all.
    #[must_use]
    pub fn revision_packing(self) -> &'static str {
        packing(self.gzip_revisions, self.zstd_revisions)
    }
}

fn packing(gzip: bool, zstd: bool) -> &'static str {
    match (gzip, zstd) {
        (_, true) => "zstd",
        (true, false) => "gzip",
        (false, false) => "",
    }
}

/// The words that Go reads as a boolean.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read_or_refused() {
        let both = Features::parse("ZstdResourceTracker=true, GzipResourceTracker=true");
        assert_eq!(both.expect("known gates").tracker_packing(), "zstd");
        let fixed = Features::parse("PreDispatchDryRun=true,ApplyOnce=false");
        assert_eq!(fixed, Ok(Features::default()));
        let check = |text, said: &str| {
            let why = Features::parse(text).expect_err(text);
            assert!(why.contains(said), "{why}");
        };
        check("ApplyOnce=true", "ApplyOnce cannot be true");
        check("Nothing=true", "unrecognized feature gate: Nothing");
        check("ZstdResourceTracker", "missing bool value");
        check("ZstdResourceTracker=maybe", "neither true nor false");
    }
}
