//! A point in time as text.

use std::fmt::Write as _;

use super::civil::{Civil, Moment};
use super::layout::{self, Chunk, DAYS, MONTHS, Zone};

/// The text of a point in time in the given layout.
pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let civil = moment.civil();
    let mut out = String::new();
    let mut rest = layout;
    loop {
        let (literal, chunk, tail) = layout::next(rest);
        out.push_str(literal);
        let Some(chunk) = chunk else { return out };
        write(&mut out, chunk, moment, &civil);
        rest = tail;
    }
}

fn write(out: &mut String, chunk: Chunk, moment: &Moment, c: &Civil) {
    let month = MONTHS[c.month as usize - 1];
    let day = DAYS[c.weekday];
    let hour12 = (c.hour + 11) % 12 + 1;
    let _ = match chunk {
        Chunk::Month => write!(out, "{}", &month[..3]),
        Chunk::LongMonth => write!(out, "{month}"),
        Chunk::NumMonth => write!(out, "{}", c.month),
        Chunk::ZeroMonth => write!(out, "{:02}", c.month),
        Chunk::WeekDay => write!(out, "{}", &day[..3]),
        Chunk::LongWeekDay => write!(out, "{day}"),
        Chunk::Day => write!(out, "{}", c.day),
        Chunk::UnderDay => write!(out, "{:2}", c.day),
        Chunk::ZeroDay => write!(out, "{:02}", c.day),
        Chunk::UnderYearDay => write!(out, "{:3}", c.year_day),
        Chunk::ZeroYearDay => write!(out, "{:03}", c.year_day),
        Chunk::Hour => write!(out, "{:02}", c.hour),
        Chunk::Hour12 => write!(out, "{hour12}"),
        Chunk::ZeroHour12 => write!(out, "{hour12:02}"),
        Chunk::Minute => write!(out, "{}", c.minute),
        Chunk::ZeroMinute => write!(out, "{:02}", c.minute),
        Chunk::Second => write!(out, "{}", c.second),
        Chunk::ZeroSecond => write!(out, "{:02}", c.second),
        Chunk::LongYear if c.year < 0 => write!(out, "-{:04}", -c.year),
        Chunk::LongYear => write!(out, "{:04}", c.year),
        Chunk::Year => write!(out, "{:02}", c.year.max(0) % 100),
        Chunk::UpperPm => write!(out, "{}", if c.hour >= 12 { "PM" } else { "AM" }),
        Chunk::LowerPm => write!(out, "{}", if c.hour >= 12 { "pm" } else { "am" }),
        Chunk::ZoneName if moment.zone.is_empty() => {
            let plain = Zone { z: false, colon: false, minutes: true, seconds: false };
            write_zone(out, plain, moment.offset)
        }
        Chunk::ZoneName => write!(out, "{}", moment.zone),
        Chunk::Zone(zone) => write_zone(out, zone, moment.offset),
        Chunk::Fraction { digits, trim, comma } => {
            let all = format!("{:09}", moment.nanos);
            let shown = &all[..digits.min(9)];
            let shown = if trim { shown.trim_end_matches('0') } else { shown };
            if !(trim && shown.is_empty()) {
                out.push(if comma { ',' } else { '.' });
                let more = if trim { 0 } else { digits.saturating_sub(9) };
                out.push_str(shown);
                out.extend(std::iter::repeat_n('0', more));
            }
            Ok(())
        }
    };
}

fn write_zone(out: &mut String, zone: Zone, offset: i32) -> std::fmt::Result {
    if zone.z && offset == 0 {
        out.push('Z');
        return Ok(());
    }
    let abs = offset.unsigned_abs();
    let colon = if zone.colon { ":" } else { "" };
    out.push(if offset / 60 < 0 { '-' } else { '+' });
    write!(out, "{:02}", abs / 3600)?;
    if zone.minutes {
        write!(out, "{colon}{:02}", abs / 60 % 60)?;
    }
    if zone.seconds {
        write!(out, "{colon}{:02}", abs % 60)?;
    }
    Ok(())
}
