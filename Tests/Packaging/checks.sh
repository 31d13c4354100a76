# What Tests/Packaging/run checks, one function a subject. Each stops the run at what does not hold.

fail() { echo "packaging: $*" >&2; exit 1; }
passed() { echo "passed: $*"; }
expect() { grep -qE -- "$1" <<<"$2" || fail "'$1' is not in: $2"; } # PATTERN TEXT

# In a root, as root, with nothing of this machine's environment but the way to the package servers.
inside() { # ROOT COMMAND...
    local root=$1
    shift
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        chroot "$root" "$@"
}

# A copy of the base root, with what a program expects of the kernel.
fresh_root() { # NAME
    cp -a "$scratch/base" "$scratch/$1"
    mount -t proc proc "$scratch/$1/proc"
    mount --rbind /dev "$scratch/$1/dev"
    cp "$folder"/*.deb "$scratch/$1/root/"
}

# Every file and user, but for the records of dpkg and ldconfig themselves.
inventory() { # ROOT
    (cd "$1" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./root -o -path ./var/lib/dpkg -o -path ./var/log \
        -o -path ./var/cache -o -name '*-' -path './etc/*' \) -prune -o -print | sort)
    cat "$1"/etc/passwd "$1"/etc/group "$1"/etc/shadow
}

check_binaries() {
    local unpacked=$scratch/unpacked exported listed undocumented
    for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$unpacked"; done
    local tickrun=$unpacked/usr/bin/tickrun library
    library=$(echo "$unpacked"/usr/lib/*/libtickscheduler.so.*.*)

    exported=$(nm -D --defined-only --extern-only "$library" | cut -d ' ' -f 3 | sort)
    listed=$(sort Fixtures/c-interface/symbols.txt)
    [ "$exported" = "$listed" ] || fail "the library exports other symbols: $(diff <(echo "$listed") <(echo "$exported") | head)"
    # The file has major and minor number in its name, and the SONAME only the major one.
    local name=${library##*/}
    expect "SONAME.*\\[${name%.*}\\]" "$(readelf -d "$library")"
    for binary in "$tickrun" "$library"; do
        ! readelf -d "$binary" | grep -E 'RPATH|RUNPATH' || fail "$binary looks for libraries in a folder of its own"
        ! readelf -d "$binary" | grep NEEDED | grep -i swift || fail "$binary needs a Swift runtime"
        ! grep -aqF "$PWD/" "$binary" || fail "$binary contains the path of the build"
        [ -z "$(nm "$binary" 2>/dev/null)" ] || fail "$binary is not stripped"
    done
    oldest=$(readelf -V "$tickrun" "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -n 1)
    for text in README.md Sources/tickrun/tickrun.docc/Operations.md; do
        grep -q "glibc ${oldest#GLIBC_} " "$text" || undocumented="${undocumented:-} $text"
    done
    [ -z "${undocumented:-}" ] || fail "the binaries need glibc ${oldest#GLIBC_}; say so in$undocumented"
    [ "$(pkg-config --modversion "$unpacked"/usr/lib/*/pkgconfig/tickscheduler.pc)" = "${library##*.so.}" ] ||
        fail "the pkg-config file has another version than ${library##*/}"
    passed "the library exports the $(wc -l <<<"$listed") functions of its header and nothing else; no RUNPATH, no Swift; $oldest"
}

check_contents() {
    (cd "$folder" && sha256sum --check --quiet SHA256SUMS)
    local listing
    listing=$(dpkg-deb -c "$folder"/tickrun_*.deb; dpkg-deb -c "$folder"/libtickscheduler?_*.deb
        dpkg-deb -c "$folder"/libtickscheduler-dev_*.deb)
    for file in usr/bin/tickrun usr/share/man/man1/tickrun.1.gz usr/share/man/man1/tickrun-run.1.gz \
        usr/share/bash-completion/completions/tickrun usr/share/zsh/vendor-completions/_tickrun \
        usr/share/fish/vendor_completions.d/tickrun.fish usr/lib/systemd/system/tickrun@.service \
        usr/lib/systemd/system/tickrun-check.service usr/lib/systemd/system/tickrun-node@.service \
        usr/lib/systemd/system/tickrun-agent@.service \
        usr/lib/sysusers.d/tickrun.conf usr/lib/udev/rules.d/60-tickrun.rules usr/include/tick_scheduler.h libtickscheduler.so tickscheduler.pc; do
        expect "/$file( |\$)" "$listing"
    done
    for profile in Fixtures/profiles/*.json; do expect "/usr/share/tickrun/profiles/${profile##*/}\$" "$listing"; done
    ! grep -vE '^\S+ root/root ' <<<"$listing" || fail "these files are not root's"
    lintian --allow-root --fail-on error,warning "$folder"/*.deb
    passed "the packages hold every file, and lintian has no error and no warning"
}

check_without_systemd() {
    fresh_root plain
    local root=$scratch/plain before after
    before=$(inventory "$root")

    # An older version: the same files under a smaller number.
    dpkg-deb -R "$folder"/tickrun_*.deb "$scratch/older"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$scratch/older/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$scratch/older" "$root/root/older.deb" >/dev/null
    inside "$root" dpkg -i /root/older.deb >/dev/null
    echo '{}' >"$root/etc/tickrun/mine.json"
    # Twice: the second installs over itself.
    for _ in 1 2; do inside "$root" dpkg -i $(cd "$root" && ls root/tickrun_*.deb | sed 's|^|/|') >/dev/null; done
    rm "$root/etc/tickrun/mine.json"
    expect '^tickrun:x:[0-9]+:[0-9]+:tickrun:/var/lib/tickrun:/usr/sbin/nologin$' "$(grep '^tickrun:' "$root/etc/passwd")"
    expect 'rate' "$(inside "$root" tickrun --help)"
    expect '^tickrun [0-9]' "$(inside "$root" tickrun version)"
    expect '(PASS|FAIL)' "$(inside "$root" tickrun 50 --ticks 10 --quiet --log none || true)"
    inside "$root" tickrun profile /usr/share/tickrun/profiles/ntsc-59.94.json >/dev/null

    # Removed while it runs: the run goes on to its end.
    inside "$root" tickrun 50 --ticks 200 --quiet --log none >"$scratch/during.log" & local run=$!
    # At most a second: the run itself takes four.
    for _ in {1..50}; do if pgrep -P "$run" -x tickrun >/dev/null; then break; fi; sleep 0.02; done
    pgrep -P "$run" -x tickrun >/dev/null || fail "the run did not begin: $(cat "$scratch/during.log")"
    inside "$root" dpkg -r tickrun >/dev/null
    kill -0 "$run" || fail "the removal ended the run"
    wait "$run" || [ $? = 1 ] || fail "the run ended with an error after the removal"
    expect '(PASS|FAIL).* 200 ticks' "$(cat "$scratch/during.log")"
    inside "$root" dpkg -P tickrun >/dev/null
    after=$(inventory "$root")
    [ "$before" = "$after" ] || fail "what a purge leaves: $(diff <(echo "$before") <(echo "$after"))"
    passed "without systemd: upgraded, installed twice, run, removed while it ran, purged without a trace"
}

check_everything() {
    fresh_root full
    local root=$scratch/full
    inside "$root" apt-get update -qq
    inside "$root" apt-get install -y -qq --no-install-recommends systemd man-db bash-completion gcc libc6-dev \
        pkg-config >"$scratch/apt.log" 2>&1 || fail "$(tail -n 5 "$scratch/apt.log")"
    inside "$root" sh -c 'dpkg -i /root/*.deb' >/dev/null

    inside "$root" systemd-analyze verify /usr/lib/systemd/system/tickrun@.service \
        /usr/lib/systemd/system/tickrun-check.service /usr/lib/systemd/system/tickrun-node@.service \
        /usr/lib/systemd/system/tickrun-agent@.service
    inside "$root" id tickrun >/dev/null
    expect 'tickrun-run' "$(inside "$root" man tickrun | cat)"
    expect 'fifo' "$(inside "$root" man tickrun-run | cat)"
    # As the key does it: the script is found by the program's name, and completes its first word.
    expect '(^| )deadlines( |$)' "$(inside "$root" bash -c '. /usr/share/bash-completion/bash_completion
        _completion_loader tickrun
        function=$(complete -p tickrun | sed -n "s/.*-F \([^ ]*\).*/\1/p")
        COMP_WORDS=(tickrun de) COMP_CWORD=1 COMP_LINE="tickrun de" COMP_POINT=10
        "$function" tickrun de tickrun; echo "${COMPREPLY[@]}"')"
    passed "with systemd: units verified, user, manual pages, completion"

    cp Tests/Packaging/frames.c "$root/root/"
    inside "$root" sh -c 'cd /root && gcc -std=c11 -Wall -Wextra -Werror frames.c -o frames \
        $(pkg-config --cflags --libs tickscheduler)'
    [ "$(inside "$root" /root/frames)" = "$(printf 'frame 0\nframe 1\nframe 2')" ] || fail "the C program printed other lines"
    inside "$root" sh -c 'dpkg -P tickrun libtickscheduler-dev $(dpkg-query -W -f "\${Package}\n" "libtickscheduler[0-9]*")' \
        >/dev/null
    ! (cd "$root" && find usr etc var/lib run -xdev -not -path '*/dpkg/*' -name '*tick[rs]*' | grep .) ||
        fail "a purge left these files"
    passed "a C program built against libtickscheduler-dev alone runs; everything purged"
}

# The steps of the Containerfile by hand, and then the commands of the manifests as their user.
check_container() {
    fresh_root container
    local root=$scratch/container entry="" user="" word rest
    while read -r word rest; do
        case "$word" in
        "" | "#"*) ;;
        FROM) expect "^debian:$suite" "$rest" ;;
        COPY) cp "$folder"/${rest%% *} "$root${rest##* }" ;;
        RUN) inside "$root" sh -c "$rest" >/dev/null ;;
        USER) user=$rest ;;
        ENTRYPOINT) entry=$(python3 -c 'import json, sys; print(*json.loads(sys.argv[1]))' "$rest") ;;
        CMD) rest=$(python3 -c 'import json, sys; print(*json.loads(sys.argv[1]))' "$rest")
            inside "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups $entry $rest >/dev/null ;;
        *) fail "the Containerfile has an instruction that this check does not know: $word" ;;
        esac
    done <.ci/packaging/Containerfile
    [ -n "$entry" ] && [ "${user%:*}" != 0 ] || fail "the image has no entry point, or runs as root"
    local version
    version=$(inside "$root" tickrun version | cut -d ' ' -f 2)
    expect "image: registry.example/tickrun:$version\$" "$(inside "$root" tickrun manifest kubernetes)"
    # The probe of the DaemonSet. Its verdict depends on the clock of this machine; any other exit code is a fault.
    local status=0
    inside "$root" setpriv --reuid 65534 --regid 65534 --clear-groups tickrun check --strict >/dev/null 2>&1 || status=$?
    [ "$status" -le 1 ] || fail "tickrun check exited with $status in the image"
    passed "the Containerfile's steps, done by hand, give an image that runs the manifests' check"
}
