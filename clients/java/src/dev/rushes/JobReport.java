package dev.rushes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What became of a job's units. */
public final class JobReport {
    private final Map<String, Object> all;

    JobReport(Map<String, Object> all) {
        this.all = all;
        // An object without these is no report, and that is found here and not later.
        state();
        units();
        done();
        reused();
        failed();
        failures();
    }

    /** {@code running}, {@code done} or {@code failed}. */
    public String state() {
        return all.get("state").toString();
    }

    /** How many units the job has. */
    public long units() {
        return number("units");
    }

    /** Units that were done now. */
    public long done() {
        return number("done");
    }

    /** Units whose receipts stood already. */
    public long reused() {
        return number("reused");
    }

    /** Units that ended in a problem. */
    public long failed() {
        return number("failed");
    }

    /** Whether nothing is left to do. */
    public boolean complete() {
        return state().equals("done");
    }

    /** One object for each failed unit, with its clip, frames and problem. */
    public List<Map<String, Object>> failures() {
        List<Map<String, Object>> found = new ArrayList<>();
        for (Object one : (List<?>) all.get("failures")) {
            found.add(Json.object(one));
        }
        return found;
    }

    /** The whole report as it came. */
    public Map<String, Object> all() {
        return all;
    }

    private long number(String name) {
        return ((Number) all.get(name)).longValue();
    }
}
