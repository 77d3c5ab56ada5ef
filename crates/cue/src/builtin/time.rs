//! `time`: points in time, durations and Go's layouts. Pure: no clock and no zone database; named zones other than
//! UTC have an unknown offset of zero.

mod civil;
mod duration;
mod format;
mod layout;
mod parse;

use super::args::*;
use crate::data::Data;
use crate::func::{CallError, CallResult, Package};
use crate::kind::Kind;

use civil::Moment;

const B: Kind = Kind::BOOL;
const S: Kind = Kind::STRING;
/// The layout in which points in time are given and returned.
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

pub(super) const PACKAGE: Package = Package {
    path: "time",
    functions: &[
        data("Duration", &[STR], B, |a| read_duration(a).and_then(|_| truth(true))),
        data("FormatDuration", &[INT], S, |a| text(duration::format(int_at(a, 0)?))),
        data("ParseDuration", &[STR], Kind::INT, |a| int(read_duration(a)?)),
        data("Time", &[STR], B, |a| check(RFC3339_NANO, str_at(a, 0))),
        data("Format", &[STR, STR], B, |a| check(str_at(a, 1), str_at(a, 0))),
        data("FormatString", &[STR, STR], S, |a| {
            text(format::format(&read(RFC3339_NANO, str_at(a, 1))?, str_at(a, 0)))
        }),
        data("Parse", &[STR, STR], S, |a| {
            text(format::format(&read(str_at(a, 0), str_at(a, 1))?.utc(), RFC3339_NANO))
        }),
        data("Unix", &[INT, INT], S, |a| {
            let moment = Moment::unix(int_at(a, 0)?, int_at(a, 1)?);
            text(format::format(&moment, RFC3339_NANO))
        }),
        data("Split", &[STR], Kind::STRUCT, |a| split(&read(RFC3339_NANO, str_at(a, 0))?)),
    ],
    values: r#"
Nanosecond:  1
Microsecond: 1000
Millisecond: 1000000
Second:      1000000000
Minute:      60000000000
Hour:        3600000000000
ANSIC:       "Mon Jan _2 15:04:05 2006"
UnixDate:    "Mon Jan _2 15:04:05 MST 2006"
RubyDate:    "Mon Jan 02 15:04:05 -0700 2006"
RFC822:      "02 Jan 06 15:04 MST"
RFC822Z:     "02 Jan 06 15:04 -0700"
RFC850:      "Monday, 02-Jan-06 15:04:05 MST"
RFC1123:     "Mon, 02 Jan 2006 15:04:05 MST"
RFC1123Z:    "Mon, 02 Jan 2006 15:04:05 -0700"
RFC3339:     "2006-01-02T15:04:05Z07:00"
RFC3339Nano: "2006-01-02T15:04:05.999999999Z07:00"
RFC3339Date: "2006-01-02"
Kitchen:     "3:04PM"
Kitchen24:   "15:04"
January:     1
February:    2
March:       3
April:       4
May:         5
June:        6
July:        7
August:      8
September:   9
October:     10
November:    11
December:    12
Sunday:      0
Monday:      1
Tuesday:     2
Wednesday:   3
Thursday:    4
Friday:      5
Saturday:    6
"#,
};

fn read_duration(a: &[Data]) -> Result<i64, CallError> {
    duration::parse(str_at(a, 0)).map_err(CallError::fatal)
}

fn read(layout: &str, value: &str) -> Result<Moment, CallError> {
    parse::parse(layout, value)
        .map_err(|why| CallError::fatal(format!("parsing time {value:?} as {layout:?}: {why}")))
}

/// Whether a text is a point in time written in a layout.
pub(crate) fn is_time(layout: &str, value: &str) -> bool {
    parse::parse(layout, value).is_ok()
}

fn check(layout: &str, value: &str) -> CallResult {
    if is_time(layout, value) {
        return truth(true);
    }
    Err(CallError::fatal(format!("invalid time {value:?}")))
}

fn split(moment: &Moment) -> CallResult {
    let c = moment.civil();
    let number = |name: &'static str, v: i64| (name, Data::int(v));
    Ok(Data::fields([
        number("year", c.year),
        number("month", i64::from(c.month)),
        number("day", i64::from(c.day)),
        number("hour", i64::from(c.hour)),
        number("minute", i64::from(c.minute)),
        number("second", i64::from(c.second)),
        number("nanosecond", i64::from(moment.nanos)),
    ]))
}
