# How many of the instructions that an operation runs with interrupts allowed were hit by an interrupt, for each pair.
#
# First file: what the sweep has said. Second: QEMU's log of its traced run, `-singlestep -d in_asm,exec,nochain`, in which
# each instruction is a block of its own. The variable `least`: how many per cent must be hit.

# The sweep: a line of words and a line of addresses for each pair.
FNR == NR {
    if (/ instructions hit, .* hits: /) {
        names[++said] = substr($0, 1, 46)
        sub(/ +$/, "", names[said])
    }
    if (/^  at/) {
        for (i = 2; i <= NF; i++) hit[said, $i] = 1
    }
    next
}

# An instruction is translated: `0x00000a1c:  b672       cpsid    i`.
/^0x/ {
    at = substr($1, 3, length($1) - 3)
    code[at] = $2 ($3 ~ /^[0-9a-f]{4}$|^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/ ? $3 : "")
    next
}

# One is about to run: `Trace 0: 0x7f… [flags/address/flags/flags] symbol`.
/^Trace/ {
    split($4, part, "/")
    at = part[2]
    if ($5 == "sweep_pair") { pair++; next }
    if ($5 == "sweep_begin") { inside = 1; next }
    if ($5 == "sweep_end") { inside = 0; next }
    if (inside && !masked && !((pair, at) in runs)) {
        runs[pair, at] = 1
        all[pair]++
        short = at
        sub(/^0+/, "", short)
        if ((pair, short) in hit) found[pair]++
        else missed[pair] = missed[pair] " " short
    }
    # PRIMASK is set; is what it was before; is not set. (Saved values nest; `cpsie` is the end of the outermost.)
    op = code[at]
    if (op ~ /^f3ef8.10$/) { saved[++depth] = masked; sets = 0 }
    else if (op == "b672") masked = 1
    else if (op == "b662") { masked = 0; depth = 0 }
    else if (op ~ /^f38.8810$/) { masked = depth > 0 ? saved[depth--] : 0 }
}

END {
    if (pair == 0 || pair != said) {
        printf "places: %d pairs are swept, %d are traced\n", said, pair
        exit 1
    }
    worst = 100
    for (i = 1; i <= pair; i++) {
        per = all[i] > 0 ? 100 * found[i] / all[i] : 0
        sum += all[i]
        got += found[i]
        if (per < worst) worst = per
        if (per < least) {
            bad++
            printf "%-46s %4d of %4d instructions hit, %.1f %%: BAD, not%s\n", names[i], found[i], all[i], per, missed[i]
        } else if (missed[i] != "") {
            printf "%-46s %4d of %4d instructions hit, %.1f %%, not%s\n", names[i], found[i], all[i], per, missed[i]
        }
    }
    printf "places: %d of %d instructions hit, %.1f %%; of the least hit of %d operations %.1f %%; %d under %d %%\n",
        got, sum, 100 * got / sum, pair, worst, bad, least
    exit bad > 0
}
