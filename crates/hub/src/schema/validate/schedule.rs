//! Cron schedules: five fields with lists, ranges and steps, or a descriptor such as `@hourly`.
//!
//! Parsing is here because admission refuses a bad schedule; the CronJob controller runs the result.

use jiff::Zoned;

/// A parsed schedule: for each field, the values it allows as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    fields: [u64; 5],
    /// Day of month and day of week were both restricted: either may match.
    either_day: bool,
    every: Option<i64>,
}

const NAMES: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];
const BOUNDS: [(u64, u64); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Reads a schedule.
///
/// # Errors
/// A sentence that says which part is wrong.
pub fn parse_schedule(text: &str) -> Result<Schedule, String> {
    if let Some(descriptor) = text.strip_prefix('@') {
        return parse_descriptor(descriptor, text);
    }
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != 5 {
        return Err(format!(
            "expected exactly 5 fields, found {}: [{}]",
            parts.len(),
            parts.join(" ")
        ));
    }
    let mut fields = [0; 5];
    for (index, part) in parts.iter().enumerate() {
        fields[index] = parse_field(part, index)?;
    }
    let restricted = |index: usize| !parts[index].starts_with(['*', '?']);
    Ok(Schedule { fields, either_day: restricted(2) && restricted(4), every: None })
}

fn parse_descriptor(descriptor: &str, text: &str) -> Result<Schedule, String> {
    match descriptor {
        "yearly" | "annually" => parse_schedule("0 0 1 1 *"),
        "monthly" => parse_schedule("0 0 1 * *"),
        "weekly" => parse_schedule("0 0 * * 0"),
        "daily" | "midnight" => parse_schedule("0 0 * * *"),
        "hourly" => parse_schedule("0 * * * *"),
        _ => {
            let seconds = descriptor.strip_prefix("every ").and_then(duration_seconds);
            let seconds = seconds.ok_or_else(|| format!("unrecognized descriptor: {text}"))?;
            Ok(Schedule { fields: [u64::MAX; 5], either_day: false, every: Some(seconds) })
        }
    }
}

fn duration_seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let number: i64 = number.parse().ok()?;
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    Some((number * factor).max(1))
}

fn parse_field(part: &str, index: usize) -> Result<u64, String> {
    let mut bits = 0;
    for piece in part.split(',') {
        bits |= parse_range(piece, index)?;
    }
    Ok(bits)
}

fn parse_range(piece: &str, index: usize) -> Result<u64, String> {
    let (low, high) = BOUNDS[index];
    let (range, step) = match piece.split_once('/') {
        Some((range, step)) => (range, Some(number(step, index)?)),
        None => (piece, None),
    };
    if step == Some(0) {
        return Err(format!("step of range should be a positive number: {piece}"));
    }
    let (from, to) = match range.split_once('-') {
        Some((from, to)) => (number(from, index)?, number(to, index)?),
        None if range == "*" || range == "?" => (low, high),
        None => {
            let from = number(range, index)?;
            (from, if step.is_some() { high } else { from })
        }
    };
    if from < low {
        return Err(format!("beginning of range ({from}) below minimum ({low}): {piece}"));
    }
    if to > high {
        return Err(format!("end of range ({to}) above maximum ({high}): {piece}"));
    }
    if from > to {
        return Err(format!("beginning of range ({from}) beyond end of range ({to}): {piece}"));
    }
    let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
    Ok((from..=to).step_by(step).fold(0, |bits, value| bits | 1 << value))
}

fn number(text: &str, index: usize) -> Result<u64, String> {
    let lower = text.to_lowercase();
    let names: &[&str] = match index {
        3 => &MONTHS,
        4 => &DAYS,
        _ => &[],
    };
    if let Some(at) = names.iter().position(|name| *name == lower) {
        return Ok(at as u64 + u64::from(index == 3));
    }
    text.parse().map_err(|_| format!("failed to parse {} from {text:?}", NAMES[index]))
}

impl Schedule {
    /// The first moment after `after` that the schedule names, within five years.
    pub fn next(&self, after: &Zoned) -> Option<Zoned> {
        if let Some(every) = self.every {
            return after.checked_add(jiff::SignedDuration::from_secs(every)).ok();
        }
        let start = after.datetime().with().second(0).subsec_nanosecond(0).build().ok()?;
        let mut at = start.to_zoned(after.time_zone().clone()).ok()?;
        at = at.checked_add(jiff::SignedDuration::from_mins(1)).ok()?;
        let limit = after.checked_add(jiff::Span::new().years(5)).ok()?;
        while at < limit {
            at = match self.mismatch(&at) {
                None => return Some(at),
                Some(Step::Day) => at.tomorrow().ok()?.start_of_day().ok()?,
                Some(Step::Hour) => {
                    let minutes = 60 - i64::from(at.minute());
                    at.checked_add(jiff::SignedDuration::from_mins(minutes)).ok()?
                }
                Some(Step::Minute) => at.checked_add(jiff::SignedDuration::from_mins(1)).ok()?,
            };
        }
        None
    }

    /// The coarsest field that does not match, so that the search can skip it.
    fn mismatch(&self, at: &Zoned) -> Option<Step> {
        let has = |index: usize, value: i8| self.fields[index] & (1 << value) != 0;
        let day = has(2, at.day());
        let weekday = has(4, at.weekday().to_sunday_zero_offset());
        let days = if self.either_day { day || weekday } else { day && weekday };
        if !has(3, at.month()) || !days {
            Some(Step::Day)
        } else if !has(1, at.hour()) {
            Some(Step::Hour)
        } else if !has(0, at.minute()) {
            Some(Step::Minute)
        } else {
            None
        }
    }
}

enum Step {
    Day,
    Hour,
    Minute,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_name_the_next_moment() {
        for (schedule, after, expected) in [
            ("*/5 * * * *", "2026-01-01T00:00:30", "2026-01-01T00:05:00"),
            ("0 * * * *", "2026-01-01T00:00:00", "2026-01-01T01:00:00"),
            ("30 2 * * mon", "2026-01-01T00:00:00", "2026-01-05T02:30:00"),
            ("0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
            ("0 0 13 * 5", "2026-01-01T00:00:00", "2026-01-02T00:00:00"),
            ("@daily", "2026-01-01T10:00:00", "2026-01-02T00:00:00"),
            ("@every 90s", "2026-01-01T10:00:00", "2026-01-01T10:01:30"),
        ] {
            let at: Zoned = format!("{after}[UTC]").parse().expect("time");
            let next = parse_schedule(schedule).expect(schedule).next(&at).expect(schedule);
            assert_eq!(next.datetime().to_string(), expected, "{schedule}");
        }
    }

    #[test]
    fn bad_schedules_are_refused() {
        for bad in ["", "* * * *", "60 * * * *", "* * 0 * *", "*/0 * * * *", "a * * * *", "@often"]
        {
            assert!(parse_schedule(bad).is_err(), "{bad}");
        }
    }
}
