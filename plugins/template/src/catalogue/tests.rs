use super::*;
use crate::interface::tillbell::plugin::types::{ConfigurationFile, ConfigureError, Configured};
use crate::samples;

fn file(path: &str, text: &str) -> ConfigurationFile {
    ConfigurationFile { path: path.into(), contents: text.into() }
}

fn sender() -> Sender {
    Sender {
        locale: "zh-CN".into(), signature: "【海港银行】".into(), hotline: "95500".into()
    }
}

fn read(files: &[(&str, &str)]) -> Result<(Catalogue, Vec<Configured>), ConfigureError> {
    let files: Vec<_> = files.iter().map(|(path, text)| file(path, text)).collect();
    Catalogue::read(&files, sender())
}

fn refused(files: &[(&str, &str)]) -> Diagnostic {
    match read(files) {
        Err(ConfigureError::Invalid(diagnostic)) => diagnostic,
        Err(ConfigureError::Missing(what)) => panic!("missing {what}"),
        Ok(_) => panic!("accepted: {files:?}"),
    }
}

/// The sample with nothing that may be absent.
fn least(template: &str, party: Party) -> View {
    samples::views(template, party, "en").remove(2).view
}

const PURCHASE: &str = "t/purchase.cardholder.zh-CN.txt";

#[test]
fn a_template_is_found_by_name_party_and_locale() {
    let (catalogue, configured) = read(&[
        (
            PURCHASE,
            "{{ signature }}尾号{{ card.last4 }}{{ amount|money(\"chinese\") }}{{ time|clock }}\n",
        ),
        (
            "t/purchase.merchant.en.txt",
            "{{ signature }}{{ amount|money }} {{ time|date }} {{ hotline }}",
        ),
    ])
    .unwrap();
    let sorts: Vec<_> = configured.iter().map(|one| one.sort.as_str()).collect();
    assert_eq!(sorts, ["template", "template", "literal"]);
    let literal = &configured[2];
    assert_eq!((literal.file.as_str(), literal.line), (PURCHASE, 1));
    assert_eq!(literal.samples, ["\u{fffc}尾号\u{fffc}\u{fffc}\u{fffc}"]);
    assert_eq!(configured[0].name, "purchase.cardholder.zh-CN");
    assert_eq!(configured[0].samples[0], "【海港银行】尾号0018128.50元12:03:15");
    let view = least("purchase", Party::Merchant);
    let text = catalogue.render("purchase", "en-GB", view.clone()).unwrap();
    assert_eq!(text, "【海港银行】USD 128.50 2026-11-20 95500");
    assert!(matches!(
        catalogue.render("purchase", "fr", view.clone()),
        Err(RenderingError::UnknownLocale(_))
    ));
    assert!(matches!(
        catalogue.render("refund", "en", view),
        Err(RenderingError::UnknownTemplate(_))
    ));
}

#[test]
fn a_broken_template_is_refused_with_file_and_line() {
    for (text, line, detail) in [
        ("a\n{{ ammount }}", 2, "unknown name \"ammount\""),
        ("{% if kind == \"void\" %}\n{{ ammount }}{% endif %}a", 2, "unknown name \"ammount\""),
        ("{{ card.pan }}", 1, "unknown name \"card.pan\""),
        (
            "{{ amount }}{% if original_amount %} of {{ original_amount|money(\"plain\") }}{% endif %}",
            1,
            "writes an amount without its currency beside one of another",
        ),
        ("{{ merchant_name.upper() }}", 1, "unknown name \"merchant_name.upper\""),
        ("{{ debug() }}", 1, "unknown name \"debug\""),
        ("a\n\n{% if amount %}", 3, "syntax error"),
        ("a\n{{ merchant_name }}", 2, "an absent field is used: merchant_name, test it"),
        ("{{ balance|money }}", 1, "an absent field is used: balance"),
        ("{{ card.bin }}", 1, "an absent field is used: card.bin"),
        ("{{ balance.currency }}", 1, "undefined value: balance.currency"),
        ("{{ \"at \" ~ merchant_name }}", 1, "says \"none\""),
        ("{{ merchant_name|upper }}", 1, "an absent field is used: merchant_name"),
        ("{{ amount|upper }}", 1, "the filter wants a text"),
        ("{{ kind|upper(1) }}", 1, "too many arguments"),
        (
            "{% if merchant_name %}{{ merchant_name }}, {{ merchant_city }}{% endif %}a",
            1,
            "merchant_city, test it with {% if %} first (sample: with only merchant_name)",
        ),
        ("{{ merchant_name|money }}", 1, "the filter wants an amount"),
        ("{{ kind|money }}", 1, "the filter wants an amount"),
        ("{{ amount|clock }}", 1, "the filter wants a time"),
        ("{{ amount|money(\"roman\") }}", 1, "styles"),
        ("{{ time|date(\"%Q\") }}", 1, "pattern"),
        (
            "{% if kind == \"void\" %}\n{{ amount|money(\"roman\") }}{% endif %}a",
            2,
            "chinese and locale",
        ),
        ("{% if kind == \"void\" %}{{ time|date(\"%Q\") }}{% endif %}a", 1, "%EY %Ey"),
        ("{% set style = \"roman\" %}{{ amount|money(style) }}", 1, "chinese and locale"),
        ("{{ amount|money(\"symbol\", \"native\") }}", 1, "behind locale the words code, and"),
        ("{{ time|date(\"%d\", \"thai\") }}", 1, "digits are latin or native"),
        ("{{ summary.count|number(\"thai\") }}", 1, "digits are latin or native"),
        ("{{ amount|number }}", 1, "wants a whole number"),
        ("{{ rrn|number }}", 1, "wants a whole number"),
        ("{% set n = 1.5 %}{{ n|number }}", 1, "wants a whole number"),
        ("{{ summary.count|plural(one=\"a\") }}", 1, "and needs other="),
        ("{{ summary.count|plural(\"a\", other=\"b\") }}", 1, "plural takes zero=, one="),
        ("{{ kind|plural(other=\"b\") }}", 1, "wants a whole number"),
        ("{{ amount|title }}{{ kind|gsm }}", 1, "the filter wants a text"),
        ("{{ merchant_name|gsm }}", 1, "an absent field is used: merchant_name"),
        ("{{ kind|title(\"de\") }}", 1, "too many arguments"),
        ("{{ card }}", 1, "neither a text"),
        (
            "{% if kind == \"void\" %}{{ amount|yen }}{% endif %}a",
            1,
            "unknown filter \"yen\", known are clock date datetime default gsm",
        ),
        ("{% if kind is nice %}{% endif %}a", 1, "unknown test \"nice\""),
        ("{% if kind == \"void\" %}{% include \"_none.txt\" %}{% endif %}a", 1, "no template"),
        ("{% include kind %}", 1, "must be named by a string"),
        ("{{ range(3) }}", 1, "unknown name \"range\""),
        (
            "{% for i in [1] * 999 %}{% for j in [1] * 999 %}{{ i }}{% endfor %}{% endfor %}",
            1,
            "computes too long",
        ),
        ("{{ \"a\" * 100000000 }}", 1, "computes too long"),
        ("{{ \"abcd\" * 600 }}", 0, "writes more than 2048 bytes"),
        ("", 1, "writes nothing"),
    ] {
        let diagnostic = refused(&[(PURCHASE, text)]);
        assert_eq!(
            (diagnostic.file.as_str(), diagnostic.line),
            (PURCHASE, line),
            "{text}: {diagnostic:?}"
        );
        assert!(diagnostic.detail.contains(detail), "{text}: {}", diagnostic.detail);
    }
}

#[test]
fn an_error_in_an_included_part_names_the_part() {
    let diagnostic =
        refused(&[("t/_part.txt", "a\n{{ wrong }}"), (PURCHASE, "{% include \"_part.txt\" %}")]);
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), ("t/_part.txt", 2));
}

#[test]
fn names_that_say_nothing_are_refused() {
    for path in
        ["t/purchase.txt", "t/purchase.bank.en.txt", "t/purchase.merchant.en.html", "t/a.b.c.d.txt"]
    {
        assert_eq!(refused(&[(path, "a")]).file, path);
    }
    assert!(matches!(read(&[("a/_x.txt", "a")]), Err(ConfigureError::Missing(_))));
    assert_eq!(refused(&[("a/_x.txt", "a"), ("b/_x.txt", "a")]).file, "b/_x.txt");
    assert!(matches!(read(&[]), Err(ConfigureError::Missing(_))));
}

#[test]
fn a_failure_at_run_time_quotes_no_value() {
    let (catalogue, _) = read(&[(
        PURCHASE,
        "{{ signature }}{% if rrn == \"1\" %}{{ merchant_name|money }}{% endif %}",
    )])
    .unwrap();
    let mut view = least("purchase", Party::Cardholder);
    view.rrn = Some("1".into());
    view.merchant_name = Some("SECRET".into());
    let Err(RenderingError::TemplateFailed(diagnostic)) =
        catalogue.render("purchase", "zh-CN", view)
    else {
        panic!()
    };
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), (PURCHASE, 1));
    assert_eq!(diagnostic.detail, "the filter wants an amount");
}

#[test]
fn an_absent_field_at_run_time_is_named() {
    let (catalogue, _) =
        read(&[(PURCHASE, "{% if rrn == \"1\" %}\n{{ merchant_name }}\n{% endif %}a")]).unwrap();
    let mut view = least("purchase", Party::Cardholder);
    view.rrn = Some("1".into());
    let Err(RenderingError::TemplateFailed(diagnostic)) =
        catalogue.render("purchase", "zh-CN", view)
    else {
        panic!()
    };
    assert_eq!((diagnostic.file.as_str(), diagnostic.line), (PURCHASE, 2));
    assert!(diagnostic.detail.starts_with("an absent field is used: merchant_name"));
}

#[test]
fn an_engines_error_at_run_time_is_told_without_its_detail() {
    let (catalogue, _) =
        read(&[(PURCHASE, "{% if rrn == \"1\" %}{{ merchant_name + 1 }}{% endif %}a")]).unwrap();
    let mut view = least("purchase", Party::Cardholder);
    view.rrn = Some("1".into());
    view.merchant_name = Some("SECRET".into());
    let Err(RenderingError::TemplateFailed(diagnostic)) =
        catalogue.render("purchase", "zh-CN", view)
    else {
        panic!()
    };
    assert_eq!(diagnostic.detail, "invalid operation");
}

#[test]
fn present_fields_are_true_and_absent_ones_are_not() {
    let text =
        "{% if balance %}{{ balance }}{% else %}-{% endif %} {% if time %}{{ time }}{% endif %}";
    let (_, configured) = read(&[(PURCHASE, text)]).unwrap();
    let samples: Vec<_> = configured[0].samples.iter().map(String::as_str).collect();
    assert_eq!(
        samples,
        [
            "CNY 12,345.67 2026-11-20 12:03:15",
            "EUR 9,999,999.99 2026-12-31 23:59:59",
            "- 2026-11-20 12:03:15"
        ]
    );
}

#[test]
fn parts_and_macros_are_shared() {
    let (_, configured) = read(&[
        ("t/_macros.txt", "{% macro sum(money) %}[{{ money|money }}]{% endmacro %}"),
        ("t/_body.txt", "{{ word }} {{ hotline }}\n"),
        (
            PURCHASE,
            "{% from \"_macros.txt\" import sum %}\n{% set word = \"hello\" %}\n\
             {{ sum(amount) }}{% include \"_body.txt\" %}\n",
        ),
    ])
    .unwrap();
    assert_eq!(configured[0].samples[0], "[CNY 128.50]hello 95500");
}

#[test]
fn tags_leave_no_lines_behind() {
    let text = "\u{feff}{% set word = \"a\" %}\r\n  {% if amount %}\r\n{{ word }}\r\n  {% endif %}\r\nb\r\n";
    let (_, configured) = read(&[(PURCHASE, text)]).unwrap();
    assert_eq!(configured[0].samples[0], "a\nb");
}

#[test]
fn jinjas_own_filters_that_messages_need() {
    let text = "{{ kind|upper }} {{ \"Ab\"|lower }} {{ \" a \"|trim }} \
                {{ kind|replace(\"chase\", \"e\") }} {{ kind|length }} {{ fee|default(\"free\") }} \
                {{ card.brand_name or \"card\" }} {% if rrn is none %}-{% elif kind is ascii %}{{ rrn[-4:] }}{% endif %}";
    let (_, configured) = read(&[(PURCHASE, text)]).unwrap();
    assert_eq!(configured[0].samples[0], "PURCHASE ab a pure 8 CNY 1.50 UnionPay 5678");
    assert_eq!(configured[0].samples[2], "PURCHASE ab a pure 8 free card -");
}

/// What is written for a usual purchase, by the locale of the file and of the message.
fn told(file_locale: &str, locale: &str, text: &str) -> String {
    let path = format!("t/purchase.cardholder.{file_locale}.txt");
    let (catalogue, _) = read(&[(&path, text)]).unwrap();
    let view = samples::views("purchase", Party::Cardholder, locale).remove(0).view;
    catalogue.render("purchase", locale, view).unwrap()
}

#[test]
fn a_message_is_written_as_its_locale_does() {
    let text = "{{ amount|money(\"locale\") }}; {{ amount|money(\"locale\", \"code\") }}; \
                {{ time|datetime(\"%a %-d %B %-I:%M %p\") }}; {{ 12345|number }} \
                {{ summary.count|plural(one=\"one\", few=\"few\", many=\"many\", other=\"other\") }}";
    for (file, locale, expected) in [
        ("en", "en", "$128.50; USD 128.50; Fri 20 November 12:03 PM; 12,345 other"),
        ("en", "en-GB", "$128.50; USD 128.50; Fri 20 November 12:03 PM; 12,345 other"),
        ("en-IN", "en-IN", "$128.50; USD 128.50; Fri 20 November 12:03 pm; 12,345 other"),
        ("pt", "pt-BR", "US$ 128,50; USD 128,50; sex. 20 novembro 12:03 PM; 12.345 other"),
        ("es", "es", "128,50 US$; 128,50 USD; vie 20 noviembre 12:03 p. m.; 12.345 other"),
        // The reader's region, in the words of its language's file.
        ("es", "es-MX", "USD 128.50; USD 128.50; vie 20 noviembre 12:03 p.m.; 12,345 other"),
        ("ru", "ru", "128,50 $; 128,50 USD; пт 20 ноября 12:03 PM; 12 345 many"),
        ("ar", "ar-AE", "128.50 US$; 128.50 USD; الجمعة 20 نوفمبر 12:03 م; 12,345 few"),
        ("ar", "ar-EG", "١٢٨٫٥٠ US$; ١٢٨٫٥٠ USD; الجمعة 20 نوفمبر 12:03 م; ١٢٬٣٤٥ few"),
        ("zh-CN", "zh-CN", "¥128.50; CNY 128.50; 周五 20 十一月 12:03 下午; 12,345 other"),
    ] {
        assert_eq!(told(file, locale, text), expected, "{locale}");
    }
    let digits = "{{ amount|money(\"locale\", \"native\") }} {{ 42|number(\"native\") }} \
                  {{ time|date(\"%d/%m/%EY\", \"native\") }} {{ amount|money(\"locale\", \"latin\") }}";
    assert_eq!(told("th", "th", digits), "US$๑๒๘.๕๐ ๔๒ ๒๐/๑๑/๒๕๖๙ US$128.50");
    assert_eq!(told("ar-EG", "ar-EG", digits), "١٢٨٫٥٠ US$ ٤٢ ٢٠/١١/٢٠٢٦ 128.50 US$");
}

#[test]
fn the_readme_shows_what_is_written() {
    let readme = include_str!("../../README.md");
    for locale in ["pt-BR", "ar-EG"] {
        let path = format!("templates/purchase.cardholder.{locale}.txt");
        let (_, rest) = readme.split_once(&format!("`{path}`:\n\n```jinja\n")).unwrap();
        let (template, rest) = rest.split_once("```\n\n```\n").unwrap();
        let (expected, _) = rest.split_once("\n```").unwrap();
        let sender = Sender {
            locale: "en".into(),
            signature: "Kite Bank:".into(),
            hotline: "+1 800 555 0142".into(),
        };
        let (catalogue, _) = Catalogue::read(&[file(&path, template)], sender).unwrap();
        let view = samples::views("purchase", Party::Cardholder, locale).remove(0).view;
        assert_eq!(catalogue.render("purchase", locale, view).unwrap(), expected);
    }
}

#[test]
fn a_locale_is_the_same_in_parts_and_macros() {
    let (catalogue, _) = read(&[
        ("t/_macros.txt", "{% macro sum(of) %}{{ of|money(\"locale\") }}{% endmacro %}"),
        ("t/_part.txt", "{{ time|date(\"%-d %B\") }}, {{ sum(amount) }}"),
        (
            "t/purchase.cardholder.fr.txt",
            "{% from \"_macros.txt\" import sum %}{% for n in [1] %}{% include \"_part.txt\" %}{% endfor %}",
        ),
    ])
    .unwrap();
    let view = samples::views("purchase", Party::Cardholder, "fr").remove(0).view;
    assert_eq!(catalogue.render("purchase", "fr-CA", view).unwrap(), "20 novembre, 128,50 $US");
}

#[test]
fn a_locale_that_nobody_knows_is_refused_where_it_is_asked_for() {
    let path = "t/purchase.cardholder.pl.txt";
    for text in [
        "\n{{ amount|money(\"locale\") }}",
        "\n{{ 5|number }}",
        "\n{{ 5|plural(other=\"a\") }}",
        "\n{{ time|date(\"%B\") }}",
        "\n{{ time|date(\"%d\", \"native\") }}",
    ] {
        let diagnostic = refused(&[(path, text)]);
        assert_eq!((diagnostic.file.as_str(), diagnostic.line), (path, 2), "{text}");
        assert!(diagnostic.detail.contains("known are ar ar-AE"), "{}", diagnostic.detail);
    }
    // What needs no facts is as it was.
    let text = "{{ time|date(\"%-d %b\") }} {{ amount|money }} {{ \"żółw\"|gsm }} {{ kind|title }}";
    assert_eq!(told("pl", "pl", text), "20 Nov USD 128.50 zolw Purchase");
}

#[test]
fn a_whole_message_may_be_made_fit_for_the_gsm_alphabet() {
    let text = "{% filter gsm %}Duas “compras” em São Paulo – {{ \"AÇÃO\"|title }}{% endfilter %}";
    assert_eq!(told("pt", "pt-BR", text), "Duas \"compras\" em Sao Paulo - Acao");
    assert_eq!(told("tr", "tr", "{{ \"DIYARBAKIR iz\"|title|gsm }}"), "Diyarbakir Iz");
    assert_eq!(told("tr", "tr", "{{ \"DIYARBAKIR iz\"|title }}"), "Dıyarbakır İz");
}

#[test]
fn each_filter_that_is_named_as_known_is() {
    let mut environment = minijinja::Environment::new();
    crate::filters::install(&mut environment);
    for filter in crate::filters::FILTERS {
        let error = environment.empty_state().apply_filter(filter, &[]).unwrap_err();
        assert_ne!(error.kind(), minijinja::ErrorKind::UnknownFilter, "{filter}");
    }
}

#[test]
fn deep_nesting_is_refused_before_it_is_parsed() {
    let nested = |n: usize| format!("a\n{{{{ {}1{} }}}}", "(".repeat(n), ")".repeat(n));
    assert!(read(&[(PURCHASE, &nested(24))]).is_ok());
    let diagnostic = refused(&[(PURCHASE, &nested(5_000))]);
    assert_eq!((diagnostic.line, diagnostic.detail.as_str()), (2, "nested deeper than 24"));
    let diagnostic = refused(&[(PURCHASE, &format!("{{{{ {}1 }}}}", "-".repeat(5_000)))]);
    assert_eq!(diagnostic.detail, "a tag of more than 128 words");
}

#[test]
fn an_error_repeats_the_limit() {
    let long = "a".repeat(FILE_BYTES_MAX + 1);
    assert_eq!(refused(&[(PURCHASE, &long)]).detail, "16385 bytes, limit 16384");
    let many: Vec<_> = (0..=FILES_MAX).map(|n| file(&format!("_{n}.txt"), "a")).collect();
    let Err(ConfigureError::Invalid(diagnostic)) = Catalogue::read(&many, sender()) else {
        panic!()
    };
    assert_eq!(diagnostic.detail, "257 template files, limit 256");
}
