//! Times in headers, which some services put into bodies too.

use httpdate::parse_http_date;
use time::{Date, Month, OffsetDateTime, Time};

use super::read::{LONGEST, pair};

/// Reads a time such as `Fri, 20 Nov 2026 08:30:00 GMT`; `None` when it is none, or before 1970.
pub fn parse_http(text: &str) -> Option<OffsetDateTime> {
    match <&[u8; 29]>::try_from(text.as_bytes()) {
        Ok(text) => fixed(text),
        Err(_) => {
            // The two older forms, which HTTP wants understood.
            let text = text.trim_ascii();
            if text.len() > LONGEST { None } else { parse_http_date(text).ok().map(Into::into) }
        }
    }
}

/// Reads the form that all services send, by position.
fn fixed(text: &[u8; 29]) -> Option<OffsetDateTime> {
    let [
        w1,
        w2,
        w3,
        b',',
        b' ',
        d1,
        d2,
        b' ',
        m1,
        m2,
        m3,
        b' ',
        y1,
        y2,
        y3,
        y4,
        b' ',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b' ',
        b'G',
        b'M',
        b'T',
    ] = *text
    else {
        return None;
    };
    let year = i32::from(pair(y1, y2)?) * 100 + i32::from(pair(y3, y4)?);
    let day = Date::from_calendar_date(year, month([m1, m2, m3])?, pair(d1, d2)?).ok()?;
    let weekday = b"MonTueWedThuFriSatSun".as_chunks::<3>().0;
    let weekday = weekday.get(usize::from(day.weekday().number_days_from_monday()));
    if year < 1970 || weekday != Some(&[w1, w2, w3]) {
        return None;
    }
    let time = Time::from_hms(pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?).ok()?;
    Some(OffsetDateTime::new_utc(day, time))
}

fn month(name: [u8; 3]) -> Option<Month> {
    Some(match &name {
        b"Jan" => Month::January,
        b"Feb" => Month::February,
        b"Mar" => Month::March,
        b"Apr" => Month::April,
        b"May" => Month::May,
        b"Jun" => Month::June,
        b"Jul" => Month::July,
        b"Aug" => Month::August,
        b"Sep" => Month::September,
        b"Oct" => Month::October,
        b"Nov" => Month::November,
        b"Dec" => Month::December,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::super::http_date;
    use super::*;

    #[test]
    fn every_form_is_read() {
        for text in [
            "Fri, 20 Nov 2026 08:30:00 GMT",
            " Fri, 20 Nov 2026 08:30:00 GMT\n",
            "Friday, 20-Nov-26 08:30:00 GMT",
            "Fri Nov 20 08:30:00 2026",
        ] {
            assert_eq!(parse_http(text), Some(datetime!(2026-11-20 08:30 UTC)), "{text}");
        }
    }

    #[test]
    fn fault_111_nonsense_is_no_time() {
        for text in [
            "",
            "yesterday",
            "Fri, 20 Nov 2026 08:30:00 CET",
            "Sat, 20 Nov 2026 08:30:00 GMT",
            "fri, 20 nov 2026 08:30:00 gmt",
            "Tue, 30 Feb 2026 08:30:00 GMT",
            "Fri, 20 Nov 2026 24:00:00 GMT",
            "Sat, 31 Dec 2016 23:59:60 GMT",
            "Fri, 20 Nov 9999999 08:30:00 GMT",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "2026-11-20T08:30:00Z",
        ] {
            assert_eq!(parse_http(text), None, "{text}");
        }
        assert_eq!(parse_http(&format!("Fri, 20 Nov 2026 08:30:00 {}", "(".repeat(1 << 20))), None);
    }

    proptest! {
        #[test]
        fn positions_and_the_parser_agree(seconds in 0i64..253_402_300_800) {
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let text = http_date(at.into());
            prop_assert_eq!(fixed(&text), Some(at));
            let text = std::str::from_utf8(&text).unwrap();
            prop_assert_eq!(parse_http_date(text).ok().map(OffsetDateTime::from), Some(at));
        }

        #[test]
        fn fault_174_no_date_panics(
            text in "(Mon|Tue|Thu|Sun|x), [0-3][0-9] (Jan|Feb|Nov|Foo) [0-9]{4} [0-2][0-9]:[0-9]{2}:[0-6][0-9] (GMT|UTC)|\\PC{0,40}"
        ) {
            let want = parse_http_date(text.trim_ascii()).ok().map(OffsetDateTime::from);
            prop_assert_eq!(parse_http(&text), want);
        }
    }
}
