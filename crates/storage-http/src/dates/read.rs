//! Times in the bodies of answers.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time};

/// Longer texts are no time, whatever a parser would make of them.
pub(super) const LONGEST: usize = 40;

/// Reads a time such as `2026-11-20T08:30:00.000Z`; `None` when it is none.
pub fn parse_iso(text: &str) -> Option<OffsetDateTime> {
    fixed(text.as_bytes()).or_else(|| {
        let text = text.trim_ascii();
        if text.len() > LONGEST { None } else { OffsetDateTime::parse(text, &Rfc3339).ok() }
    })
}

/// Reads the two forms that all services send, by position.
fn fixed(text: &[u8]) -> Option<OffsetDateTime> {
    let (start, tail) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *start
    else {
        return None;
    };
    let millis = match *tail {
        [b'Z'] => 0,
        [b'.', a, b, c, b'Z'] => u16::from(digit(a)?) * 100 + u16::from(pair(b, c)?),
        _ => return None,
    };
    let year = i32::from(pair(y1, y2)?) * 100 + i32::from(pair(y3, y4)?);
    let month = Month::try_from(pair(m1, m2)?).ok()?;
    let day = Date::from_calendar_date(year, month, pair(d1, d2)?).ok()?;
    let time = Time::from_hms_milli(pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?, millis).ok()?;
    Some(OffsetDateTime::new_utc(day, time))
}

pub(super) fn pair(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? * 10 + digit(low)?)
}

fn digit(byte: u8) -> Option<u8> {
    let digit = byte.wrapping_sub(b'0');
    (digit < 10).then_some(digit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, want) in [
            ("2026-11-20T08:30:00.123Z", datetime!(2026-11-20 08:30:00.123 UTC)),
            ("2026-11-20T08:30:00Z", datetime!(2026-11-20 08:30:00 UTC)),
            (" 2024-02-29T23:59:59.000Z\n", datetime!(2024-02-29 23:59:59 UTC)),
            ("2026-11-20T08:30:00.123456789Z", datetime!(2026-11-20 08:30:00.123456789 UTC)),
            ("2026-11-20T08:30:00+01:00", datetime!(2026-11-20 08:30:00 +1)),
        ] {
            assert_eq!(parse_iso(text), Some(want), "{text}");
        }
    }

    #[test]
    fn fault_111_nonsense_is_no_time() {
        for text in [
            "",
            "yesterday",
            "9999999-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00.000Z",
            "2026-02-03T24:00:00.000Z",
            "2026-02-03T00:00:61Z",
            "2026-02-03T00:00:00.0x0Z",
            "2026-02-03 00:00",
            "Fri, 20 Nov 2026 08:30:00 GMT",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
        assert_eq!(parse_iso(&"(".repeat(1 << 20)), None);
        assert_eq!(parse_iso(&format!("Fri, 20 Nov 2026 08:30:00 {}", "(".repeat(1 << 16))), None);
        // A leap second is a time or none, as the parser likes, and never another day's.
        let leap = parse_iso("2016-12-31T23:59:60Z");
        assert!(
            leap.is_none_or(
                |it| it > datetime!(2016-12-31 23:59:59 UTC) && it < datetime!(2017-01-01 0:00 UTC)
            )
        );
    }

    proptest! {
        #[test]
        fn positions_and_the_parser_agree(seconds in -62_000_000_000i64..250_000_000_000, millis in 0u16..1000) {
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap().replace_millisecond(millis).unwrap();
            let text = format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{millis:03}Z",
                at.year(), u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second(),
            );
            prop_assert_eq!(fixed(text.as_bytes()), Some(at));
            prop_assert_eq!(OffsetDateTime::parse(&text, &Rfc3339).ok(), Some(at));
        }

        #[test]
        fn fault_174_no_date_panics(text in "[0-9TZ:.+ -]{0,45}|\\PC{0,30}") {
            if let Some(by_position) = fixed(text.as_bytes()) {
                prop_assert_eq!(OffsetDateTime::parse(&text, &Rfc3339).ok(), Some(by_position));
            }
            let _ = parse_iso(&text);
        }
    }
}
