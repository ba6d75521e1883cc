package dev.rushes;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON (RFC 8259) as plain Java values, strict in both directions.
 *
 * <p>Objects are {@code Map<String, Object>} in the order of the text, arrays are {@code List},
 * whole numbers {@code Long} or {@code BigInteger}, others {@code BigDecimal}: no digit is lost.
 * Refused: text after the value, a name twice in one object, comments, NaN, leading zeros,
 * control characters in strings, more than 200 levels.
 */
public final class Json {
    private static final int DEEPEST = 200;

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /**
     * The value of a text.
     *
     * @throws IllegalArgumentException with the place, when it is not JSON
     */
    public static Object read(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at < text.length()) {
            throw json.wrong("text after the value");
        }
        return value;
    }

    /** The same for a text that must be an object. */
    public static Map<String, Object> readObject(String text) {
        return object(read(text));
    }

    /** A value that must be an object. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> object(Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new IllegalArgumentException("not a JSON object");
    }

    /**
     * One line of JSON.
     *
     * @throws IllegalArgumentException for NaN, infinity, and types that JSON has no word for
     */
    public static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private Object value() {
        space();
        if (at >= text.length()) {
            throw wrong("the end, where a value is missing");
        }
        char first = text.charAt(at);
        switch (first) {
            case '{':
                return nested(this::members);
            case '[':
                return nested(this::elements);
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                return number();
        }
    }

    private interface Part {
        Object read();
    }

    private Object nested(Part part) {
        if (++depth > DEEPEST) {
            throw wrong("more than " + DEEPEST + " levels");
        }
        at++;
        Object value = part.read();
        depth--;
        return value;
    }

    private Map<String, Object> members() {
        Map<String, Object> map = new LinkedHashMap<>();
        space();
        if (taken('}')) {
            return map;
        }
        do {
            space();
            int start = at;
            String name = string();
            space();
            take(':');
            if (map.containsKey(name)) {
                at = start;
                throw wrong("the name \"" + name + "\" a second time");
            }
            map.put(name, value());
            space();
        } while (taken(','));
        take('}');
        return map;
    }

    private List<Object> elements() {
        List<Object> list = new ArrayList<>();
        space();
        if (taken(']')) {
            return list;
        }
        do {
            list.add(value());
            space();
        } while (taken(','));
        take(']');
        return list;
    }

    private String string() {
        take('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return out.toString();
            }
            if (c < 0x20) {
                throw wrong("a control character in a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        switch (c) {
            case '"', '\\', '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int code = 0;
                for (int digit = 0; digit < 4; digit++) {
                    int one = Character.digit(next(), 16);
                    if (one < 0) {
                        throw wrong("an escape of other than four hex digits");
                    }
                    code = code * 16 + one;
                }
                return (char) code;
            default:
                throw wrong("an unknown escape");
        }
    }

    private Object number() {
        int start = at;
        taken('-');
        if (!taken('0') && digits() == 0) {
            at = start;
            throw wrong("no value");
        }
        boolean whole = true;
        if (taken('.')) {
            whole = false;
            if (digits() == 0) {
                throw wrong("no digit after the point");
            }
        }
        if (taken('e') || taken('E')) {
            whole = false;
            if (!taken('+')) {
                taken('-');
            }
            if (digits() == 0) {
                throw wrong("no digit in the exponent");
            }
        }
        String digits = text.substring(start, at);
        try {
            if (!whole) {
                return new BigDecimal(digits);
            }
            BigInteger value = new BigInteger(digits);
            return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
        } catch (NumberFormatException | ArithmeticException error) {
            throw wrong("a number out of all bounds");
        }
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw wrong("no value");
        }
        at += word.length();
        return value;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char next() {
        if (at >= text.length()) {
            throw wrong("the end inside a string");
        }
        return text.charAt(at++);
    }

    private boolean taken(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void take(char c) {
        if (!taken(c)) {
            throw wrong("no '" + c + "'");
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("not JSON: at character " + at + ", " + what);
    }

    private static void write(Object value, StringBuilder out) {
        if (value == null || value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof String text) {
            quote(text, out);
        } else if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            if (!Double.isFinite(number)) {
                throw new IllegalArgumentException("JSON has no " + value);
            }
            out.append(value);
        } else if (value instanceof Number) {
            out.append(value);
        } else if (value instanceof Map<?, ?> map) {
            String between = "";
            out.append('{');
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (!(entry.getKey() instanceof String name)) {
                    throw new IllegalArgumentException("a name that is no string");
                }
                out.append(between);
                quote(name, out);
                out.append(':');
                write(entry.getValue(), out);
                between = ",";
            }
            out.append('}');
        } else if (value instanceof Iterable<?> items) {
            String between = "";
            out.append('[');
            for (Object item : items) {
                out.append(between);
                write(item, out);
                between = ",";
            }
            out.append(']');
        } else {
            throw new IllegalArgumentException("JSON has no word for " + value.getClass());
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c)) {
                // Escaped, a lone surrogate survives the way through UTF-8.
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
