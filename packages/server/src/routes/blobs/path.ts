/** Where this server answers the URLs that blobs on its file system sign. */
export const signedBlobsPath = "/api/v1/blobs";
