"""The functions of Kubernetes' expressions, and those of CEL's extensions."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import declared, programs, values
from kroute.cel.library import authorizing
from tests.unit.cel.conftest import evaluate


@pytest.mark.parametrize(
    "expression",
    [
        # lists
        "[1, 2, 2].isSorted() && !['b', 'a'].isSorted()",
        "[1, 2].sum() == 3 && [1.5, 2.0].sum() == 3.5 && [duration('1m'), duration('1s')].sum() == duration('61s')",
        "[3, 1].min() == 1 && ['a', 'b'].max() == 'b'",
        "['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2 && [1].indexOf(2) == -1",
        "[1, 2, 3].slice(1, 2) == [2] && [[1], [2, 3]].flatten() == [1, 2, 3]",
        "[1, 1, 2].distinct() == [1, 2] && [1, 2].reverse() == [2, 1] && [3, 1, 2].sort() == [1, 2, 3]",
        "[{'n': 2}, {'n': 1}].sortBy(x, x.n)[0].n == 1 && lists.range(3) == [0, 1, 2]",
        "[1].first().value() == 1 && [1, 2].last().value() == 2 && !dyn([]).first().hasValue()",
        "sets.contains([1, 2], [2]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])",
        # strings
        "'hello'.charAt(1) == 'e' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3",
        "'Hello'.lowerAscii() == 'hello' && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ' x '.trim() == 'x'",
        "'aaa'.replace('a', 'b', 2) == 'bba' && 'hello'.substring(1, 3) == 'el' && ['a', 'b'].join() == 'ab'",
        "'%s is %s'.format(['a', string(1)]) == 'a is 1' && '%d%%'.format([5]) == '5%' && '%.2f'.format([1.5]) == '1.50' && '%e'.format([1234.5]) == '1.234500×10⁰³'",
        "'%s %d %f'.format(['a', 1, 12345.5]) == 'a 1 12,345.500000' && '%f'.format(['Infinity']) == '∞'",
        "strings.quote('a\"b') == '\"a\\\\\"b\"' && 'tacocat'.endsWith('cat') && 'abc'.contains('b')",
        # patterns
        "'a12b3'.find('[0-9]+') == '12' && 'abc'.find('[0-9]') == '' && 'a1b2c3'.findAll('[0-9]', 2) == ['1', '2']",
        "'abc'.matches('^[a-c]+$') && 'x'.findAll('y') == []",
        # URLs
        "url('https://user@example.com:80/a%20b?x=1&x=2#f').getHost() == 'example.com:80'",
        "url('https://[::1]:80/').getHostname() == '::1' && url('https://[::1]:80/').getPort() == '80'",
        "url('https://a/b?x=1&x=2').getQuery()['x'] == ['1', '2'] && url('/a/b').getScheme() == ''",
        "url('https://a/b c').getEscapedPath() == '/b%20c' && url('https://a/x') == url('https://a/x')",
        "isURL('https://a') && !isURL('a') && !isURL('') && !isURL('https://a:b:c/')",
        # addresses
        "ip('10.0.0.1').family() == 4 && ip('::1').isLoopback() && !isIP('10.0.0.1/8') && !isIP('fe80::1%eth0')",
        "ip('0.0.0.0').isUnspecified() && ip('169.254.1.1').isLinkLocalUnicast() && ip('8.8.8.8').isGlobalUnicast()",
        "ip('224.0.0.1').isLinkLocalMulticast() && !ip('255.255.255.255').isGlobalUnicast()",
        "ip.isCanonical('::1') && !ip.isCanonical('0:0::1') && string(ip('0:0::1')) == '::1'",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsIP(ip('10.1.2.3'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.1.2.3/8').ip() == ip('10.1.2.3')",
        "cidr('::1/128').prefixLength() == 128 && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0/08')",
        # quantities and versions
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1').compareTo(quantity('1000m')) == 0",
        "quantity('50k').add(1).asInteger() == 50001 && quantity('1').sub(quantity('2')).asApproximateFloat() == -1.0",
        "sign(quantity('-1')) == -1 && !quantity('1.5').isInteger() && isQuantity('1e3') && !isQuantity('1x')",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.2').isLessThan(semver('1.0.0-rc.10'))",
        "semver('v01.2', true) == semver('1.2.0') && isSemver('1.2.3+b') && !isSemver('v1.2.3') && semver('1.2.3').minor() == 2",
        # formats
        "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').value().size() == 1",
        "format.named('uuid').value().validate('x').value() == ['does not match the UUID format']",
        "!format.named('nope').hasValue() && !format.labelValue().validate('').hasValue()",
        # times
        "timestamp('2024-02-29T12:00:00Z').getDayOfYear() == 59 && timestamp('2024-02-29T23:00:00Z').getDate('+02:00') == 1",
        "timestamp('2024-01-01T00:00:00Z') + duration('24h') == timestamp('2024-01-02T00:00:00Z')",
        "duration('90s').getMinutes() == 1 && string(duration('90s')) == '90s' && int(timestamp('1970-01-01T00:01:00Z')) == 60",
        # optionals
        "optional.of(1).optMap(x, x + 1).value() == 2 && optional.ofNonZeroValue('').orValue('x') == 'x'",
        "optional.none().or(optional.of(1)).value() == 1 && {'a': {'b': 1}}[?'a'].?b.value() == 1 && [1][?5].orValue(2) == 2",
    ],
)
def test_functions_give_what_kubernetes_gives(expression: str) -> None:
    assert evaluate(expression) is True


@pytest.mark.parametrize(
    "expression, wanted",
    [
        ("quantity('many')", "quantities must match the regular expression"),
        ("url('x')", 'URL parse error during conversion from string: parse "x": invalid URI for request'),
        ("ip('x')", 'IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP'),
        ("ip('192.168.0.1.0')", 'ParseAddr("192.168.0.1.0"): IPv4 address too long'),
        ("ip('1.2.03.4')", "IPv4 field has octet with leading zero"),
        ("ip('1.2.3')", "IPv4 address too short"),
        ("ip('1.2.3.400')", "IPv4 field has value >255"),
        ("ip('2001:db8:::68')", 'each colon-separated field must have at least one digit (at ":68")'),
        ("ip('1::2::3')", 'multiple :: in address (at ":3")'),
        ("ip('1:2:3:4:5:6:7:8:9')", 'trailing garbage after address (at "9")'),
        ("ip('::12345')", 'each group must have 4 or less digits (at "12345")'),
        ("ip('1:2')", "address string too short"),
        ("ip('::ffff:1.2.3.4')", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
        ("ip('fe80::1%a')", 'IP address "fe80::1%a" with zone value is not allowed'),
        ("cidr('10.0.0.0')", "network address parse error during conversion from string"),
        ("semver('1.2')", "No Major.Minor.Patch elements found"),
        ("semver('1.02.3')", 'Minor number must not contain leading zeroes "02"'),
        ("quantity('1.5').asInteger()", "cannot convert value to integer"),
        ("dyn([]).min()", "min called on empty list"),
        ("'a'.find('(' + '')", "Illegal regex: error parsing regexp"),
        ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
        ("'abc'.charAt(9)", "index out of range: 9"),
        ("[1].slice(0, 9)", "cannot slice(0, 9), list is length 1"),
        (
            "'%d'.format(dyn(['x']))",
            "error during formatting: decimal clause can only be used on integers, was given string",
        ),
        ("{'a': 1}.transformMapEntry(k, v, {'x': 1}).x + [1, 2].transformMapEntry(k, v, {'x': 1}).x", "already exists"),
    ],
)
def test_functions_refuse_with_kubernetes_words(expression: str, wanted: str) -> None:
    with pytest.raises(values.EvaluationError) as raised:
        evaluate(expression)
    assert wanted in str(raised.value)


def test_the_right_overload_is_found_where_types_are_known_only_from_values() -> None:
    both = "self.items.map(x, type(x) == string ? x.indexOf('b') : x.indexOf('b'))"
    assert evaluate(both, {"items": ["ab", ["a", "b"]]}) == [1, 1]
    with pytest.raises(values.NoSuchOverload):
        evaluate("self.indexOf('b')", 7)


async def test_an_authorizer_is_asked_once_for_each_question() -> None:
    known = {
        "authorizer": declared.opaque(authorizing.A),
        "authorizer.requestResource": declared.opaque(authorizing.R),
    }
    program = programs.Environment(known).compile(
        "authorizer.group('apps').resource('deployments').subresource('scale').namespace('a').name('b')"
        ".check('get').allowed() && !authorizer.path('/healthz').check('get').allowed()"
        " && authorizer.serviceAccount('a', 'b').path('/healthz').check('get').reason() == 'because'"
        " && authorizer.requestResource.check('get').allowed()"
        " && authorizer.requestResource.check('get').allowed()"
    )
    authorizer = authorizing.Authorizer()
    given: dict[str, Any] = {
        "authorizer": authorizer,
        "authorizer.requestResource": authorizing.ResourceCheck(authorizer, "", "pods"),
    }
    asked = []

    async def decide(question: authorizing.Question) -> authorizing.Decision:
        asked.append(question)
        return authorizing.Decision(not question.path, "because")

    assert await authorizing.evaluate(lambda: program.evaluate(given), authorizer, decide) is True
    assert asked == [
        authorizing.Question("get", "", "apps", "deployments", "scale", "a", "b"),
        authorizing.Question("get", "/healthz"),
        authorizing.Question("get", "/healthz", account=("a", "b")),
        authorizing.Question("get", resource="pods"),
    ]
