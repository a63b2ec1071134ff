# Runs one try of a job in a session of its own, so that it outlives the host, and leaves its exit code behind.
# $1: the folder of the try; $2: how many bytes of output are kept; $3: the path with this script's tools; then the program.
exec </dev/null >/dev/null 2>&1
dir=$1 keep=$2 job_path=$PATH PATH=$3
shift 3
setsid=$(command -v setsid)

born() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }

# Of two wrappers for one try, as after a crash between the start of the first and the host's notice of it, one goes on.
mkdir "$dir/claim" || exit 0
mkfifo -m 600 "$dir/pipe" || exit 1

# Holds the last bytes in memory only: what is written before does not fill the disk.
tail -c "$keep" <"$dir/pipe" >"$dir/log" &
log=$!
PATH=$job_path "$setsid" "$@" >"$dir/pipe" 2>&1 &
job=$!

# A program that has ended already may be gone, for the shell collects its children while it waits for others.
job_born=$(born "$job")
printf '%s %s %s %s %s\n' "$(cat /proc/sys/kernel/random/boot_id)" $$ "$(born $$)" "$job" "${job_born:-0}" >"$dir/pids.new"
mv "$dir/pids.new" "$dir/pids"

wait "$job"
code=$?

# What it left behind ends with it, as in a container. Who has got away from its group must not keep the log open for long.
kill -s KILL -- "-$job"
(sleep 5; kill "$log") &
guard=$!
wait "$log"
kill "$guard"
printf '%s\n' "$code" >"$dir/exit.new"
mv "$dir/exit.new" "$dir/exit"
rm -f "$dir/pipe"
