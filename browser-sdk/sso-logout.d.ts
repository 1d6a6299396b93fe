/**
 * Listens for the end of the session that the app has now. Call it after each sign-in.
 * @param {ListenerOptions} options
 * @returns {() => void} ends the listening
 */
export function setupSSOLogoutListener(options: ListenerOptions): () => void;
/**
 * Signs the user out: of this app's tabs, and of Keycloak and with it of every app.
 * @param {object} options
 * @param {string} [options.issuer] as of the listener
 * @param {ListenerOptions['getToken']} [options.getToken] as of the listener
 * @param {string} [options.sid] as of the listener
 * @param {boolean|(() => void)} [options.clearTokens] removes the app's tokens; `true` empties
 *   localStorage and sessionStorage
 * @param {string} [options.redirectUrl] where to go then
 * @param {boolean} [options.notifyHub] whether to end the session at Keycloak; true by default
 * @param {string} [options.hubApiUrl] of the call that ends it; Keycloak's own by default
 * @returns {Promise<boolean>} whether the session was ended
 */
export function performSSOLogout(options: {
    issuer?: string | undefined;
    getToken?: ListenerOptions["getToken"];
    sid?: string | undefined;
    clearTokens?: boolean | (() => void) | undefined;
    redirectUrl?: string | undefined;
    notifyHub?: boolean | undefined;
    hubApiUrl?: string | undefined;
}): Promise<boolean>;
/**
 * For the app's post-logout page and for its front-channel logout page (OpenID Connect Front-Channel
 * Logout 1.0), which names `iss` and `sid`: has the app's tabs ask whether their session has ended.
 * Anyone can open such a page, so it is no more than a hint.
 * @param {{issuer?: string}} [options]
 */
export function announceSSOLogout(options?: {
    issuer?: string;
}): void;
/**
 * Keeps a stream open until its handler has had enough; for the frame too.
 * @internal
 */
export function followStream(connect: any, handle: any, log: any): {
    done: Promise<void>;
    stop(): void;
    /** Whether the stream has shown a sign of life of late. */
    fresh: () => boolean;
    /** Connects again, if it waits to do so, or is silent, or is told to. */
    renew(force: any): void;
};
export function fromKeycloak(keycloak: any): {
    issuer: string;
    clientId: any;
    sid: any;
    getToken: ({ refresh }: {
        refresh: any;
    }) => any;
    onLogout: () => any;
};
export function fromUserManager(userManager: any): {
    issuer: any;
    clientId: any;
    getToken: ({ refresh }: {
        refresh: any;
    }) => Promise<any>;
    onLogout: () => any;
};
export type LogoutEvent = {
    /**
     * the session
     */
    sid?: string | undefined;
    /**
     * why it ended, as in docs/events.md; `storage_cleared` if a storage was
     */
    reason: string;
    /**
     * `user`, `admin`, `policy` or `system`
     */
    initiator?: string | undefined;
    /**
     * when it ended, ISO 8601
     */
    time: string;
    /**
     * the path by which it came
     */
    via: "stream" | "frame" | "tab" | "hub" | "storage" | "check";
    /**
     * when this tab learned of it, in ms since the epoch
     */
    at: number;
};
export type ListenerOptions = {
    /**
     * called once
     */
    onLogout: (event: LogoutEvent) => void;
    /**
     * of the realm's tokens; needed unless the module comes from Keycloak
     */
    issuer?: string | undefined;
    clientId: string;
    /**
     * the access token or ID token, renewed if `refresh`
     */
    getToken?: ((how: {
        refresh: boolean;
    }) => (string | undefined | Promise<string | undefined>)) | undefined;
    /**
     * a ticket, for apps without tokens in the browser
     */
    getTicket?: (() => Promise<string>) | undefined;
    /**
     * the session, where there is no token to take it from
     */
    sid?: string | undefined;
    /**
     * whose windows may post SSO_LOGOUT too; never `*`
     */
    allowedOrigins?: string[] | undefined;
    /**
     * whether to use the hidden frame; true by default
     */
    frame?: boolean | undefined;
    /**
     * of localStorage, whose loss in another tab is a logout
     */
    storageKey?: string | undefined;
    /**
     * where to show what happens
     */
    debug?: boolean | Element | ((line: string) => void) | undefined;
};
