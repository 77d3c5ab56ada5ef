//! The flags of the recorded controller, as options of ours.

use std::time::Duration;

use mizzen_engine::control::{Features, Options};

/// The options that stand for a scenario's flags. A flag that has no counterpart is not built.
pub(crate) fn options(flags: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    for flag in flags.iter().flat_map(|flags| flags.split_whitespace()) {
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        set(&mut options, name.trim_start_matches('-'), value)
            .map_err(|why| format!("not built: controller flag {flag}: {why}"))?;
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    let patience = &mut options.patience;
    match name {
        "feature-gates" => options.features = Features::parse(value)?,
        "max-workflow-step-error-retry-times" => patience.errors = number(value)?,
        "max-workflow-wait-backoff-time" => patience.wait_cap = number(value)?,
        "max-workflow-failed-backoff-time" => patience.failed_cap = number(value)?,
        "application-revision-limit" => options.revision_limit = number(value)?,
        "definition-revision-limit" => options.definition_revision_limit = number(value)?,
        "concurrent-reconciles" => options.workers = number(value)?,
        "application-re-sync-period" => {
            let seconds = mizzen_engine::workflow::backoff::go_duration(value);
            let seconds = seconds.ok_or("no duration")?;
            options.resync = Some(Duration::from_secs_f64(seconds.max(1.0)));
        }
        _ => return Err("it has no counterpart".to_owned()),
    }
    Ok(())
}

fn number<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|why| format!("{text:?}: {why}"))
}
