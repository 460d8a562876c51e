# Each script of a page, into a file of the name that its second line gives: awk -f batch_files.awk docs/cluster.md
/^    #!\/bin\/bash/ {
    getline line
    split(line, word, " ")
    file = word[2]
    print substr($0, 5) >file
    $0 = line
}
!/^    / && !/^$/ { file = "" }
file && NF { print substr($0, 5) >file }
