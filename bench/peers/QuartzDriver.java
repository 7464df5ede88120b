import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import java.util.function.IntSupplier;
import org.quartz.CronExpression;

/** Quartz's side of ./dev bench peers; what all drivers do is told in run.sh. */
final class QuartzDriver {
    private static final int CALLS = 64;
    private static final long FIRST = 1767225600L; // 2026-01-01T00:00Z
    private static final long APART = 491807L;
    private static final Date STREAM_START = new Date(1795305600_000L); // 2026-11-22T00:00Z
    private static final Date STREAM_END = new Date(2114380800_000L); // 2037-01-01T00:00Z

    private static volatile Date sink;

    private static int passEach(CronExpression schedule, Date[] instants) {
        for (Date instant : instants) {
            sink = schedule.getNextValidTimeAfter(instant);
        }
        return instants.length;
    }

    private static int passStream(CronExpression schedule) {
        Date at = STREAM_START;
        for (int done = 1; ; ++done) {
            at = schedule.getNextValidTimeAfter(at);
            if (done == CALLS || !at.before(STREAM_END)) {
                sink = at;
                return done;
            }
        }
    }

    private static double nanoseconds(long budget, IntSupplier pass) {
        long done = 0;
        long begin = System.nanoTime();
        while (true) {
            done += pass.getAsInt();
            long took = System.nanoTime() - begin;
            if (took >= budget) {
                return (double) took / done;
            }
        }
    }

    private static String each(CronExpression schedule, Date[] instants) {
        List<String> answers = new ArrayList<>();
        for (Date instant : instants) {
            Date at = schedule.getNextValidTimeAfter(instant);
            answers.add(at == null ? "-" : Long.toString(at.getTime() / 1000));
        }
        return String.join(",", answers);
    }

    private static String stream(CronExpression schedule) {
        List<String> answers = new ArrayList<>();
        Date at = STREAM_START;
        while (answers.size() < CALLS) {
            at = schedule.getNextValidTimeAfter(at);
            if (at == null || !at.before(STREAM_END)) {
                break;
            }
            answers.add(Long.toString(at.getTime() / 1000));
        }
        return String.join(",", answers);
    }

    private static void measure(String zone, List<String> lines, long budget, boolean print) {
        Date[] instants = new Date[CALLS];
        for (int i = 0; i < CALLS; ++i) {
            instants[i] = new Date((FIRST + i * APART) * 1000);
        }
        for (int i = 0; i < lines.size(); ++i) {
            CronExpression schedule;
            try {
                schedule = new CronExpression(lines.get(i).split("\t")[1]);
            } catch (ParseException problem) {
                if (print && zone.equals("UTC")) {
                    System.out.printf("unread\t%d\t%s%n", i, problem.getMessage());
                }
                continue;
            }
            schedule.setTimeZone(TimeZone.getTimeZone(zone));
            double byEach = nanoseconds(budget, () -> passEach(schedule, instants));
            double byStream = nanoseconds(budget, () -> passStream(schedule));
            if (!print) {
                continue;
            }
            String key = zone + "\t%s\t" + i + "\t";
            System.out.println("answers\t" + key.formatted("each") + each(schedule, instants));
            System.out.println("answers\t" + key.formatted("stream") + stream(schedule));
            System.out.println("time\t" + key.formatted("each") + byEach);
            System.out.println("time\t" + key.formatted("stream") + byStream);
        }
    }

    public static void main(String[] arguments) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(arguments[0]));
        long budget = Long.parseLong(arguments[1]) * 1_000_000;
        for (boolean warm : new boolean[] {false, true}) {
            for (String zone : new String[] {"UTC", "America/New_York"}) {
                measure(zone, lines, budget, warm);
            }
        }
    }
}
