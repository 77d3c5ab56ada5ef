//! Times in Go's layouts, and as seconds since 1970.
//!
//! Source: `pkg/providers/time/date.go` of kubevela/workflow.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::error::Error;
use crate::workflow::Reply;

/// Pieces of Go's reference time and what they are in `strftime`. Longer ones come first.
const PIECES: &[(&str, &str)] = &[
    ("2006", "%Y"),
    ("January", "%B"),
    ("Monday", "%A"),
    ("Z07:00", "%:z"),
    ("-07:00", "%:z"),
    ("-0700", "%z"),
    ("Jan", "%b"),
    ("Mon", "%a"),
    ("MST", "%Z"),
    ("01", "%m"),
    ("02", "%d"),
    ("_2", "%e"),
    ("15", "%H"),
    ("03", "%I"),
    ("04", "%M"),
    ("05", "%S"),
    ("06", "%y"),
    ("PM", "%p"),
];

fn strftime(layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        match PIECES.iter().find(|(piece, _)| rest.starts_with(piece)) {
            Some((piece, code)) => {
                out.push_str(code);
                rest = &rest[piece.len()..];
            }
            None => {
                if first == '%' {
                    out.push('%');
                }
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// The seconds since 1970 of a date.
pub(super) fn timestamp(params: &Value) -> Result<Reply, Error> {
    let date = params["date"].as_str().unwrap_or_default();
    let layout = params["layout"].as_str().unwrap_or_default();
    if date.is_empty() {
        return Err(Error::Invalid("empty date to convert".to_owned()));
    }
    let bad = |why: jiff::Error| Error::Invalid(format!("parsing time {date:?}: {why}"));
    let moment = if layout.is_empty() {
        date.parse::<Timestamp>().map_err(bad)?
    } else {
        let format = strftime(layout);
        match Timestamp::strptime(&format, date) {
            Ok(moment) => moment,
            // Without a zone the date is in UTC; without a time it is midnight.
            Err(_) => {
                let parts = jiff::fmt::strtime::parse(&format, date).map_err(bad)?;
                let day = parts.to_date().map_err(bad)?;
                let time = parts.to_time().unwrap_or_else(|_| jiff::civil::Time::midnight());
                day.to_datetime(time).to_zoned(TimeZone::UTC).map_err(bad)?.timestamp()
            }
        }
    };
    Ok(Reply::Done(Some(json!({"timestamp": moment.as_second()}))))
}

/// The date of seconds since 1970, in UTC.
pub(super) fn date(params: &Value) -> Result<Reply, Error> {
    let seconds = params["timestamp"].as_i64().unwrap_or_default();
    let layout = params["layout"].as_str().unwrap_or_default();
    let moment = Timestamp::from_second(seconds)
        .map_err(|why| Error::Invalid(format!("timestamp {seconds}: {why}")))?;
    let text = if layout.is_empty() {
        moment.to_string()
    } else {
        Zoned::new(moment, TimeZone::UTC).strftime(&strftime(layout)).to_string()
    };
    Ok(Reply::Done(Some(json!({ "date": text }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(reply: Result<Reply, Error>) -> Value {
        match reply.unwrap() {
            Reply::Done(Some(value)) => value,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn dates_and_seconds() {
        let at = |date: &str, layout: &str| {
            told(timestamp(&json!({"date": date, "layout": layout})))["timestamp"].clone()
        };
        assert_eq!(at("2024-01-01T00:00:00Z", ""), 1_704_067_200);
        assert_eq!(at("2024-01-01 01:00:00", "2006-01-02 15:04:05"), 1_704_070_800);
        assert_eq!(at("01.02.2024", "02.01.2006"), 1_706_745_600);
        let back = told(date(&json!({"timestamp": 1_704_067_200, "layout": "2006-01-02"})));
        assert_eq!(back["date"], "2024-01-01");
        assert_eq!(told(date(&json!({"timestamp": 0})))["date"], "1970-01-01T00:00:00Z");
        assert!(timestamp(&json!({"date": ""})).is_err());
        assert!(timestamp(&json!({"date": "nonsense"})).is_err());
    }
}
